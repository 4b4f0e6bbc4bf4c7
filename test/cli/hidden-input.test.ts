import {EventEmitter} from 'node:events';
import {captureOutput} from '@oclif/test';
import {expect, it} from 'vitest';
import {askHidden, type Terminal} from '../../src/cli/hidden-input.js';

/** A terminal without a person; `modes` are those it was put into. */
class FakeTerminal extends EventEmitter implements Terminal {
  readonly modes: string[] = [];
  setRawMode(on: boolean): void {
    this.modes.push(on ? 'raw' : 'normal');
  }
  resume(): void {
    this.modes.push('reading');
  }
  pause(): void {
    this.modes.push('paused');
  }
}

async function typed(...keys: string[]) {
  const terminal = new FakeTerminal();
  const {stdout, stderr, result} = await captureOutput(async () => {
    const answer = askHidden('Token: ', terminal);
    for (const key of keys) terminal.emit('data', Buffer.from(key));
    return answer;
  });
  return {stdout, stderr, answer: result as string | undefined, modes: terminal.modes};
}

it('gives what is typed, shows none of it, and leaves the terminal as it was', async () => {
  const {stdout, stderr, answer, modes} = await typed('s', 'e', 'cr', 'et\r');
  expect(answer).toBe('secret');
  expect(stdout).toBe('');
  expect(stderr).toBe('Token: \n');
  expect(modes).toEqual(['raw', 'reading', 'normal', 'paused']);
});

it.each([
  [['abx\u007fc\n'], 'abc'],
  [['ab\u0008\u0008\u0008cd\r'], 'cd'],
  [['wrong\u0015right\r'], 'right'],
  [['a', '\u001b[D', 'b\r'], 'ab'],
  [['a\u0001\u001ab\r'], 'ab'],
  [['é😀\u007f\r'], 'é'],
  [['ab\u0004'], 'ab'],
  [['\u0004'], ''],
  [['one\rtwo\r'], 'one'],
])('takes the keys %j for %j', async (keys, answer) => {
  expect((await typed(...keys)).answer).toBe(answer);
});

it('takes the end of input for the end of the line', async () => {
  const terminal = new FakeTerminal();
  const {result} = await captureOutput(async () => {
    const answer = askHidden('Token: ', terminal);
    terminal.emit('data', Buffer.from('abc'));
    terminal.emit('end');
    return answer;
  });
  expect(result).toBe('abc');
  expect(terminal.listenerCount('data')).toBe(0);
});
