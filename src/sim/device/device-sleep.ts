/** A device that is connected only now and then: when it falls asleep and wakes, from the start of its life. */
import type {SleepBehaviour} from '../model/behaviour.js';
import type {Chance} from './chance.js';

export class DeviceSleep {
  readonly #behaviour: SleepBehaviour | undefined;
  readonly #chance: Chance;
  asleep = false;
  nextMs = Infinity;

  constructor(behaviour: SleepBehaviour | undefined, chance: Chance) {
    this.#behaviour = behaviour;
    this.#chance = chance;
    if (behaviour) this.nextMs = chance.delayMs(behaviour.awake);
  }

  turn(): void {
    const {awake, asleep} = this.#behaviour!;
    this.asleep = !this.asleep;
    // At least a millisecond, so that time goes on.
    this.nextMs += Math.max(1, this.#chance.delayMs(this.asleep ? asleep : awake));
  }
}
