/** What expressions can call, and what they know besides metrics. */
import type {DeviceState} from '../device-state.js';
import type {LocalClock} from '../local-clock.js';
import {draw, drawNormal} from '../random-stream.js';

/** A value at a device's time: a number, true as 1, or a text's number. */
export type Evaluate = (device: DeviceState) => number;

interface FunctionEntry {
  readonly argsMin: number;
  readonly argsMax: number;
  readonly gives: 'number' | 'truth';
  readonly compile: (args: readonly Evaluate[], stream: number) => Evaluate;
}

const unary = (of: (value: number) => number): FunctionEntry => ({
  argsMin: 1,
  argsMax: 1,
  gives: 'number',
  compile:
    ([value]) =>
    device =>
      of(value!(device)),
});

const fold = (of: (one: number, other: number) => number): FunctionEntry => ({
  argsMin: 2,
  argsMax: 16,
  gives: 'number',
  compile: args =>
    args.reduce(
      (left, right): Evaluate =>
        device =>
          of(left(device), right(device)),
    ),
});

export const FUNCTIONS: Readonly<Record<string, FunctionEntry>> = {
  abs: unary(Math.abs),
  floor: unary(Math.floor),
  ceil: unary(Math.ceil),
  round: unary(Math.round),
  sqrt: unary(Math.sqrt),
  sin: unary(Math.sin),
  cos: unary(Math.cos),
  exp: unary(Math.exp),
  log: unary(Math.log),
  min: fold(Math.min),
  max: fold(Math.max),
  clamp: {
    argsMin: 3,
    argsMax: 3,
    gives: 'number',
    compile:
      ([value, low, high]) =>
      device =>
        Math.min(high!(device), Math.max(low!(device), value!(device))),
  },
  /** Of the normal distribution around 0. */
  noise: {
    argsMin: 1,
    argsMax: 1,
    gives: 'number',
    compile:
      ([sd], stream) =>
      device =>
        sd!(device) * drawNormal(device.numbers, stream),
  },
  /** From 0 to below 1. */
  random: {
    argsMin: 0,
    argsMax: 0,
    gives: 'number',
    compile:
      (_, stream) =>
      ({numbers}) =>
        draw(numbers, stream),
  },
  /** True that often. */
  chance: {
    argsMin: 1,
    argsMax: 1,
    gives: 'truth',
    compile:
      ([part], stream) =>
      device =>
        draw(device.numbers, stream) < part!(device) ? 1 : 0,
  },
};

/** A metric of the same name goes before one of these. */
export const VARIABLES: Readonly<Record<string, (clock: LocalClock) => Evaluate>> = {
  pi: () => () => Math.PI,
  /** Unix seconds. */
  t: () => device => device.timeMs / 1000,
  /** Seconds since the message before; 0 for the first one. */
  dt: () => device => device.passedMs / 1000,
  /** Local, 0 to below 24. */
  hour: clock => device => clock.hourOf(device.timeMs),
  /** Local, 0 is Monday. */
  weekday: clock => device => clock.weekdayOf(device.timeMs),
  /** The device's number in its fleet. */
  index: () => device => device.index,
};
