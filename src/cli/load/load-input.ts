/** Rates, stages, jitter and sizes as they are typed. All throw `IOT_USAGE` with what was expected. */
import {parseDurationMs} from '../../domain/duration.js';
import {IotctlError} from '../../domain/errors.js';

const RATE_MAX = 100_000_000;

/** `1000`, `0.5`, or `max`. */
export function rateOf(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const expected = `--rate ${JSON.stringify(text)}: expected messages per second, such as 1000, or max`;
  const rate = number(text, expected);
  if (rate === 0) throw new IotctlError('IOT_USAGE', expected);
  return rate;
}

/** `30s:1000` */
export function stageOf(text: string): {durationMs: number; ratePerSec: number} {
  const colon = text.indexOf(':');
  const what = `--stage ${JSON.stringify(text)}`;
  if (colon < 0) throw new IotctlError('IOT_USAGE', `${what}: expected DURATION:RATE, such as 30s:1000`);
  const target = text.slice(colon + 1);
  return {
    durationMs: duration(text.slice(0, colon), `${what}, column 1: expected a duration such as 30s`),
    ratePerSec: number(target, `${what}, column ${colon + 2}: expected messages per second, such as 1000`),
  };
}

/** `20%` of the interval, or `500ms`. */
export function jitterOf(text: string): {percent: number} | {ms: number} {
  const [, percent] = /^(\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent === undefined)
    return {
      ms: duration(
        text,
        `--jitter ${JSON.stringify(text)}: expected a percentage such as 20%, or a duration`,
      ),
    };
  if (Number(percent) <= 100) return {percent: Number(percent)};
  throw new IotctlError(
    'IOT_USAGE',
    `--jitter ${text}: more than the interval would change the order of messages`,
  );
}

const UNITS: Readonly<Record<string, number>> = {b: 1, kb: 1000, kib: 1024, mb: 1e6, mib: 1024 ** 2};
const SIZE = /^(\d+)\s*(b|kb|kib|mb|mib)?$/i;
const BYTES_MAX = 256 * 1024 ** 2 - 1024;

/** Bytes of `16`, `1KB` (1000) or `1KiB` (1024); undefined for what is no size. */
export function sizeOf(text: string): number | undefined {
  const [, amount, unit = 'b'] = SIZE.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const bytes = Number(amount) * UNITS[unit.toLowerCase()]!;
  if (bytes <= BYTES_MAX) return bytes;
  throw new IotctlError('IOT_USAGE', `--payload ${text}: MQTT has no packets of more than 256 MiB`);
}

function duration(text: string, expected: string): number {
  try {
    return parseDurationMs(text);
  } catch (error) {
    throw new IotctlError('IOT_USAGE', expected, {cause: error});
  }
}

function number(text: string, expected: string): number {
  const value = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && value <= RATE_MAX) return value;
  throw new IotctlError('IOT_USAGE', expected);
}
