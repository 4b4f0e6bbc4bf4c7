import {captureOutput} from '@oclif/test';
import {expect, it} from 'vitest';
import {showError, wantsJson} from '../../src/cli/show-error.js';
import {IotctlError} from '../../src/domain/errors.js';

const stderrOf = async (error: unknown, asJson: boolean) =>
  captureOutput<number>(() => showError(error, asJson));

it('shows message, code and hint, and gives the exit code', async () => {
  const {stderr, result} = await stderrOf(new IotctlError('IOT_DEVICE_UNKNOWN', 'no device "lamp"'), false);
  expect(stderr).toBe(
    'Error: no device "lamp"\nCode: IOT_DEVICE_UNKNOWN\nTry this: See the known devices with `iotctl device list`.\n',
  );
  expect(result).toBe(4);
});

it('shows one JSON object where JSON was asked for', async () => {
  const {stderr} = await stderrOf(new IotctlError('IOT_TIMED_OUT', 'nothing came'), true);
  expect(JSON.parse(stderr)).toEqual({
    error: {
      code: 'IOT_TIMED_OUT',
      message: 'nothing came',
      hint: 'Try again with a longer time.',
      exitCode: 8,
    },
  });
});

it('says of a flag’s value what its parser said', async () => {
  // oclif changes the message of whatever a flag's parser throws.
  const error = new IotctlError(
    'IOT_USAGE',
    'Parsing --where \n\twhere, character 9: no\nSee more help with --help',
  );
  expect((await stderrOf(error, false)).stderr).toMatch(
    /^Error: --where: where, character 9: no\nCode: IOT_USAGE\n/,
  );
});

it('keeps the stack of a bug', async () => {
  const {stderr, result} = await stderrOf(new TypeError('x is not a function'), false);
  expect(stderr).toMatch(/^Error: x is not a function\nCode: IOT_INTERNAL\n[\s\S]*show-error\.test/);
  expect(result).toBe(1);
});

it.each([
  [['device', 'list', '-o', 'json'], true],
  [['device', 'list', '-ondjson'], true],
  [['device', 'list', '--output=json'], true],
  [['device', 'list', '--output', 'csv'], false],
  [['pub', 'x', '--', '-o', 'json'], false],
  [[], false],
])('sees in %j whether JSON was asked for', (argv, expected) => {
  expect(wantsJson(argv)).toBe(expected);
});
