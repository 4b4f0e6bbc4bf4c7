import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import ClaimCreate from '../../src/commands/claim/create.js';
import {readHalfBlocks} from '../support/qr-reader.js';
import {runCommand} from '../support/run-command.js';
import {type StartedApi, startTestApi} from '../support/start-api.js';
import {withContext} from '../support/with-context.js';

let api: StartedApi;
let context: Awaited<ReturnType<typeof withContext>>;

beforeAll(async () => {
  api = await startTestApi();
  context = await withContext(api.url, api.token);
});
afterAll(async () => {
  await context[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

const codeIn = (text: string): string | undefined =>
  readHalfBlocks(text.split('\n').filter(line => /^[█▀▄ ]{20,}$/.test(line)));

describe('claim create', () => {
  it('draws the uri as a QR code beside the result, when it is told to', async () => {
    const {stdout, stderr} = await runCommand(ClaimCreate, '--label', 'site=oslo', '--qr', '-o', 'json');
    const {uri, code} = JSON.parse(stdout) as {uri: string; code: string};
    expect(uri).toContain(code);
    expect(codeIn(stderr)).toBe(uri);
  });

  it.each([[[]], [['--no-qr']], [['-q']]])('draws none into a pipe (%j)', async argv => {
    const {stdout, stderr, exitCode} = await runCommand(ClaimCreate, ...argv);
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toMatch(/[█▀▄]/);
  });
});
