import {expect, it} from 'vitest';
import {type TypedToken, typedWords} from '../../src/cli/typed-words.js';

const CANARY = 'canary-7f3a';

const flag = (name: string, input: string): TypedToken => ({type: 'flag', flag: name, input});
const arg = (name: string, input: string): TypedToken => ({type: 'arg', arg: name, input});
const words = (tokens: TypedToken[], secrets: string[] = []): string[] =>
  typedWords('device:delete', tokens, {isSwitch: name => ['force', 'yes'].includes(name), secrets});

it('keeps what was typed, whichever way a flag was written', () => {
  expect(words([arg('id', 'lamp-1'), flag('force', '-f'), flag('selector', 'site=oslo')])).toEqual([
    'device',
    'delete',
    'lamp-1',
    '--force',
    '--selector',
    'site=oslo',
  ]);
});

it.each([
  'token',
  'token-command',
  'password',
  'new-password',
  'secret',
  'group-key',
  'pin',
  'data',
  'message',
  'url',
])('leaves the value of --%s out', name => {
  expect(words([flag(name, CANARY)])).toEqual(['device', 'delete', `--${name}`, '***']);
});

it('leaves an argument out that is a secret', () => {
  expect(words([arg('password', CANARY)])).toEqual(['device', 'delete', '***']);
});

it('leaves known secrets out wherever they stand', () => {
  const text = words([arg('id', `x${CANARY}y`), flag('label', `a=${CANARY}`)], [CANARY, '']).join(' ');
  expect(text).toBe('device delete x***y --label a=***');
});

it('leaves out whatever looks like a secret of iotctl, and the login of a URL', () => {
  const text = words([
    arg('id', `iotctl_pat_${CANARY}`),
    flag('target', `https://me:${CANARY}@host/path`),
  ]).join(' ');
  expect(text).toBe('device delete *** --target https://***@host/path');
});
