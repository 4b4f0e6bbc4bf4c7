import {describe, expect, it} from 'vitest';
import {failuresMaxOf} from '../../src/cli/bulk-flags.js';
import type {JournalEntry} from '../../src/cli/bulk-journal.js';
import {type BulkTask, runBulk} from '../../src/cli/bulk-run.js';
import {IotctlError} from '../../src/domain/errors.js';

const IDS = Array.from({length: 40}, (_, index) => `lamp-${index}`);

const taskOf = (more: Partial<BulkTask<string>>): BulkTask<string> => ({
  ids: IDS,
  workers: 4,
  failuresMax: Number.POSITIVE_INFINITY,
  signal: new AbortController().signal,
  each: async id => id,
  settled: async () => {},
  ...more,
});

const failing = (id: string): Promise<never> =>
  Promise.reject(new IotctlError('IOT_DEVICE_UNKNOWN', `no device ${id}`));

describe('work on many devices', () => {
  it('has as many under way as it may, and gives results in the order of the ids', async () => {
    let under = 0;
    let most = 0;
    const each = async (id: string): Promise<string> => {
      most = Math.max(most, ++under);
      // Later ones finish first.
      for (let turn = IDS.length - IDS.indexOf(id); turn > 0; turn--) await Promise.resolve();
      under--;
      return id;
    };
    const outcome = await runBulk(taskOf({each}));
    expect(most).toBe(4);
    expect(outcome).toEqual({done: IDS, failures: [], left: 0, fatal: undefined});
  });

  it('begins nothing more once enough failed, and says what was left', async () => {
    const settled: JournalEntry[] = [];
    const outcome = await runBulk(
      taskOf({
        workers: 1,
        failuresMax: 3,
        each: id => (Number(id.slice(5)) % 2 === 1 ? failing(id) : Promise.resolve(id)),
        settled: async entry => void settled.push(entry),
      }),
    );
    expect(outcome.failures.map(({id}) => id)).toEqual(['lamp-1', 'lamp-3', 'lamp-5']);
    expect(outcome.done).toEqual(['lamp-0', 'lamp-2', 'lamp-4']);
    expect(outcome.left).toBe(34);
    expect(settled.at(-1)).toEqual({id: 'lamp-5', outcome: 'failed', code: 'IOT_DEVICE_UNKNOWN'});
  });

  it('ends with what would end every other one too, and counts nobody as failed by it', async () => {
    const gone = new IotctlError('IOT_PLATFORM_UNREACHABLE', 'nobody there');
    const outcome = await runBulk(
      taskOf({workers: 1, each: id => (id === 'lamp-2' ? Promise.reject(gone) : Promise.resolve(id))}),
    );
    expect(outcome).toEqual({done: ['lamp-0', 'lamp-1'], failures: [], left: 38, fatal: gone});
  });

  it('finishes what has begun when it is stopped', async () => {
    const stop = new AbortController();
    const each = async (id: string): Promise<string> => {
      if (id === 'lamp-1') stop.abort();
      return id;
    };
    const outcome = await runBulk(taskOf({workers: 2, signal: stop.signal, each}));
    expect(outcome.done).toEqual(['lamp-0', 'lamp-1']);
    expect(outcome.left).toBe(38);
  });

  it('ends when what was done cannot be written down', async () => {
    const full = new Error('ENOSPC');
    const outcome = await runBulk(taskOf({workers: 1, settled: () => Promise.reject(full)}));
    expect(outcome.fatal).toBe(full);
    expect(outcome.done).toEqual(['lamp-0']);
  });
});

describe('--abort-on-errors', () => {
  it.each([
    ['1', 1],
    ['10', 10],
    ['5%', 2],
    ['1%', 1],
    ['100%', 40],
    ['never', Number.POSITIVE_INFINITY],
  ])('%s of 40 devices is %d failures', (text, failures) => {
    expect(failuresMaxOf(text, 40)).toBe(failures);
  });

  it.each(['', '0', '0%', '101%', '-1', '1.5', 'all', '5 %'])('refuses %j', text => {
    expect(() => failuresMaxOf(text, 40)).toThrow(expect.objectContaining({code: 'IOT_USAGE'}));
  });
});
