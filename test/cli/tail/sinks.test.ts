import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import {commandWords} from '../../../src/cli/tail/command-words.js';
import {ExecSink} from '../../../src/cli/tail/exec-sink.js';
import {OrderedWork} from '../../../src/cli/tail/ordered-work.js';
import {Progress} from '../../../src/delivery/progress.js';
import {until} from '../../support/deadline.js';
import {eventOf} from '../../support/fake-platform.js';
import {isAlive} from '../../support/is-alive.js';
import {temporaryFolder} from '../../support/temporary-folder.js';

const NODE = JSON.stringify(process.execPath);

describe('words of a command', () => {
  it.each<[string, string[]]>([
    ['logger -t iot', ['logger', '-t', 'iot']],
    ['a "b c" \'d "e\' f\\ g', ['a', 'b c', 'd "e', 'f g']],
    ['a "" $HOME;rm `x` | y', ['a', '', '$HOME;rm', '`x`', '|', 'y']],
  ])('%s', (text, words) => expect(commandWords(text)).toEqual(words));

  it.each(['', '  ', 'a "b', "a 'b"])('refuses %j', text =>
    expect(() => commandWords(text)).toThrow(/quote|empty/),
  );
});

describe('work in order', () => {
  /** A task that ends when it is told to. */
  function task() {
    let end = (): void => {};
    const ended = new Promise<void>(resolve => {
      end = resolve;
    });
    return {end, ended};
  }

  it('does one thing after the other of a kind, and several kinds at the same time', async () => {
    const work = new OrderedWork(2);
    const log: string[] = [];
    const [a1, a2, b1] = [task(), task(), task()];
    const named =
      (name: string, {ended}: {ended: Promise<void>}) =>
      async () => {
        log.push(`+${name}`);
        await ended;
        log.push(`-${name}`);
      };
    await work.add('a', named('a1', a1));
    await work.add('a', named('a2', a2));
    await work.add('b', named('b1', b1));
    b1.end();
    a2.end();
    a1.end();
    await work.drain();
    expect(log.indexOf('+a2')).toBeGreaterThan(log.indexOf('-a1'));
    expect(log.indexOf('+b1')).toBeLessThan(log.indexOf('-a1'));
  });

  it('begins nothing after a failure, and tells of it', async () => {
    let failures = 0;
    const work = new OrderedWork(1, () => failures++);
    const log: number[] = [];
    await work.add('a', async () => void log.push(1));
    await work.add('a', () => Promise.reject(new Error('no')));
    await work.add('b', async () => void log.push(2)).catch(() => undefined);
    await expect(work.drain()).rejects.toThrow('no');
    await expect(work.add('a', async () => void log.push(3))).rejects.toThrow('no');
    expect(failures).toBe(1);
    expect(log).not.toContain(3);
  });

  it('knows up to where all is done', () => {
    const progress = new Progress();
    expect(progress.doneUpTo).toBeUndefined();
    for (const offset of [3, 5, 9]) progress.begin(offset);
    progress.end(5);
    expect(progress.doneUpTo).toBe(2);
    progress.end(3);
    expect(progress.doneUpTo).toBe(8);
    progress.end(9);
    expect(progress.doneUpTo).toBe(9);
  });
});

describe('--exec', () => {
  let progress = new Progress();
  beforeEach(() => {
    progress = new Progress();
  });
  const script = (code: string): string => `${NODE} -e '${code}'`;

  it('starts the command with the event on stdin, attributes in the environment and placeholders filled in', async () => {
    await using folder = await temporaryFolder();
    const out = join(folder.path, 'out');
    const code =
      'const fs = require("fs"); fs.appendFileSync(process.argv[1], JSON.stringify([JSON.parse(fs.readFileSync(0)).data, process.env.CE_TYPE, process.env.CE_DEVICE, process.argv[2]]) + "\\n")';
    const sink = new ExecSink(
      {
        command: `${script(code)} ${out} '{{data.name}}'`,
        shell: false,
        atOnce: 4,
        timeoutMs: 20_000,
      },
      progress,
    );
    const names = ['a; touch x', '$(id)', '"quoted"'];
    for (const [index, name] of names.entries()) await sink.take(eventOf(index, {data: {name}}));
    await sink.finish();
    const lines = (await readFile(out, 'utf8')).trim().split('\n');
    // Of one device, so in order; and what a device says is one word, whatever it is.
    expect(lines.map(line => JSON.parse(line) as unknown)).toEqual(
      names.map(name => [{name}, 'telemetry', 'lamp-1', name]),
    );
    expect(progress.doneUpTo).toBe(2);
  });

  it('counts how it ends, and fails in the end', async () => {
    const sink = new ExecSink(
      {
        command: script('process.exit(Number(process.env.CE_OFFSET) % 2)'),
        shell: false,
        atOnce: 2,
        timeoutMs: 20_000,
      },
      progress,
    );
    for (let offset = 0; offset < 3; offset++) await sink.take(eventOf(offset));
    await expect(sink.finish()).rejects.toMatchObject({
      code: 'IOT_EXEC_FAILED',
      message: expect.stringMatching(/0: 2, 1: 1|1: 1, 0: 2/),
    });
  });

  it('ends at once where there is no such command', async () => {
    const sink = new ExecSink(
      {command: '/nowhere/at/all', shell: false, atOnce: 1, timeoutMs: 20_000},
      progress,
    );
    await sink.take(eventOf(0)).catch(() => undefined);
    await expect(sink.finish()).rejects.toMatchObject({code: 'IOT_EXEC_FAILED'});
    expect(sink.failed.aborted).toBe(true);
  });

  it('goes through a shell only when asked', async () => {
    const command = 'exit $((CE_OFFSET))';
    const asked = new ExecSink({command, shell: true, atOnce: 1, timeoutMs: 20_000}, progress);
    await asked.take(eventOf(0));
    await asked.finish();
    const plain = new ExecSink({command, shell: false, atOnce: 1, timeoutMs: 20_000}, progress);
    await plain.take(eventOf(0)).catch(() => undefined);
    await expect(plain.finish()).rejects.toThrow('exit cannot be started');
  });

  it('ends what takes too long, with all that it started, and counts it as failed', async () => {
    await using folder = await temporaryFolder();
    const pids = join(folder.path, 'pids');
    const command = `sleep 600 & echo $$ $! > ${pids}; wait`;
    const sink = new ExecSink({command, shell: true, atOnce: 1, timeoutMs: 1000}, progress);
    await sink.take(eventOf(0));
    await expect(sink.finish()).rejects.toMatchObject({
      code: 'IOT_EXEC_FAILED',
      message: expect.stringContaining('timeout: 1') as string,
    });
    const started = (await readFile(pids, 'utf8')).trim().split(' ').map(Number);
    expect(started).toHaveLength(2);
    await until(() => !started.some(isAlive), 'what was started to end');
    expect(progress.doneUpTo).toBe(0);
  });
});
