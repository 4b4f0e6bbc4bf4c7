/** What of an ACL file of mosquitto is taken over, against a real API. */
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import TokenImport from '../../src/commands/token/import.js';
import {readAcl} from '../../src/domain/mosquitto-acl.js';
import {runCommand} from '../support/run-command.js';
import {startTestApi} from '../support/start-api.js';
import {temporaryFolder} from '../support/temporary-folder.js';
import {withContext} from '../support/with-context.js';

const outcomes = (text: string): string[] =>
  readAcl(text, 'default').map(({line, outcome, token, topic}) =>
    [line, outcome, token, topic].filter(Boolean).join(' '),
  );

it('every rule has an outcome, and no right becomes wider', () => {
  expect(
    outcomes(
      [
        'topic readwrite x/open',
        '# a comment',
        'pattern write t/default/d/%u/telemetry',
        'pattern readwrite other/%c',
        'user board',
        'topic x/alarms/#',
        'topic readwrite t/default/x/b',
        'topic read x/c',
        'topic readwrite t/default/d/board/status',
        'topic readwrite t/other/x/d',
        'colour red',
        'user careful',
        'topic readwrite x/#',
        'topic deny x/secret',
      ].join('\r\n'),
    ),
  ).toEqual([
    '1 left',
    '3 own d/{device}/telemetry',
    '4 left',
    '6 granted board x/alarms/#',
    '7 granted board x/b',
    '8 left',
    '9 own d/board/status',
    '10 left',
    '11 left',
    '13 left',
    '14 left',
  ]);
  expect(outcomes('user a\ntopic readwrite x/a\npattern deny x/+')).toEqual(['2 left', '3 left']);
});

it('token import makes the tokens, keeps their secrets, and says what was left', async () => {
  await using api = await startTestApi();
  await using _context = await withContext(api.url, api.token);
  await using folder = await temporaryFolder();
  const acl = join(folder.path, 'acl');
  const secrets = join(folder.path, 'tokens.csv');
  await api.client.createToken({name: 'there'});
  await writeFile(acl, 'user board\ntopic readwrite x/alarms/#\nuser there\ntopic readwrite x/a\n');

  const dry = await runCommand(TokenImport, acl, '--dry-run', '-o', 'json');
  expect(dry.exitCode).toBe(0);
  expect((await runCommand(TokenImport, acl)).stderr).toContain(
    '2 tokens would be made: give --secrets-file',
  );
  expect((await api.client.listTokens()).items).toHaveLength(2);

  const {stdout, exitCode, stderr} = await runCommand(
    TokenImport,
    acl,
    '--secrets-file',
    secrets,
    '-o',
    'json',
  );
  expect(JSON.parse(stdout)).toMatchObject([
    {line: 2, outcome: 'granted', token: 'board', topic: 'x/alarms/#'},
    {line: 4, outcome: 'left', message: 'token there exists'},
  ]);
  expect(stderr).toContain('1 of 2 rules could not be taken over');
  expect(exitCode).toBe(5);
  const [name, username, secret] = (await readFile(secrets, 'utf8')).trim().split(',');
  expect([name, username]).toEqual(['board', 'board@default']);
  expect(await api.registry.caller(secret!, Date.now())).toMatchObject({token: 'board'});
  const {items} = await api.client.listTokens();
  expect(items.find(token => token.name === 'board')).toMatchObject({topics: ['x/alarms/#'], roles: []});
});
