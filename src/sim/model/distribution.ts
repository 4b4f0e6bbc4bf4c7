/** Draws milliseconds from a distribution. */
import type {Distribution} from './behaviour.js';
import {draw, drawNormal} from './random-stream.js';

/** Never below 0. `numbers` has a random stream at `at`. */
export function sample(distribution: Distribution, numbers: Float64Array, at: number): number {
  switch (distribution.shape) {
    case 'constant':
      return distribution.value;
    case 'uniform':
      return distribution.min + (distribution.max - distribution.min) * draw(numbers, at);
    case 'normal':
      return Math.max(0, distribution.mean + distribution.sd * drawNormal(numbers, at));
    case 'lognormal':
      return distribution.median * Math.exp(distribution.sigma * drawNormal(numbers, at));
    case 'exponential':
      return -distribution.mean * Math.log(1 - draw(numbers, at));
  }
}
