import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import DeviceDelete from '../../src/commands/device/delete.js';
import DeviceRetire from '../../src/commands/device/retire.js';
import {commandTest} from '../support/command-test.js';
import {deviceOf} from '../support/fake-platform.js';
import {runCommand} from '../support/run-command.js';

const test = commandTest();

const IDS = Array.from({length: 25}, (_, index) => `lamp-${String(index).padStart(2, '0')}`);

const addAll = (): void => {
  for (const id of IDS) test.platform.devices.set(id, deviceOf(id, {labels: {site: 'oslo'}}));
};

const retired = (): string[] =>
  [...test.platform.devices.values()].filter(({lifecycle}) => lifecycle === 'retired').map(({id}) => id);

describe('a command on many devices', () => {
  it('goes on where some fail, says which, and fails itself', async () => {
    addAll();
    const {stdout, stderr, exitCode} = await runCommand(DeviceRetire, 'ghost', ...IDS, '-q');
    expect(stdout.trim().split('\n')).toEqual(IDS);
    expect(stderr).toContain('Failed: ghost: no device ghost (IOT_DEVICE_UNKNOWN)');
    expect(stderr).toContain('25 of 26 devices done, 1 failed, 0 not begun');
    expect(exitCode).toBe(4);
  });

  it('stops after so many failures', async () => {
    addAll();
    const ghosts = Array.from({length: 20}, (_, index) => `ghost-${index}`);
    const {stderr, exitCode} = await runCommand(
      DeviceRetire,
      ...ghosts,
      ...IDS,
      '--workers',
      '1',
      '--abort-on-errors',
      '2',
    );
    expect(exitCode).toBe(4);
    expect(stderr).toContain('0 of 45 devices done, 2 failed, 43 not begun');
    expect(retired()).toEqual([]);
  });

  it('goes on from its journal: what was done is not asked for again', async () => {
    addAll();
    const journal = join(test.folder, 'retired.ndjson');
    const gone = IDS.slice(10);
    for (const id of gone) test.platform.devices.delete(id);
    const first = await runCommand(DeviceRetire, ...IDS, '--resume', journal, '--abort-on-errors', 'never');
    expect(first.exitCode).toBe(4);
    addAll();
    test.platform.requests.length = 0;
    const second = await runCommand(DeviceRetire, ...IDS, '--resume', journal, '-q');
    expect(second.exitCode).toBe(0);
    expect(second.stdout.trim().split('\n')).toEqual(gone);
    expect(second.stderr).toContain(`10 devices were done already: ${journal}`);
    expect(test.platform.requests).toHaveLength(gone.length);
    expect((await readFile(journal, 'utf8')).split('\n')[0]).toContain('"action":"retire at ');
    expect((await runCommand(DeviceDelete, ...IDS, '-y', '--resume', journal)).exitCode).toBe(5);
  });

  it('says that of many each failed for its own reason', async () => {
    addAll();
    const {exitCode, error} = await runCommand(DeviceDelete, 'ghost', IDS[0]!, '-y');
    expect(error?.code).toBe('IOT_SOME_FAILED');
    expect(exitCode).toBe(5);
  });
});
