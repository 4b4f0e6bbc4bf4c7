/** All faults of one device that change what it says. */
import type {Chance} from '../chance.js';
import type {FaultKind} from './fault-spec.js';
import type {Message, MessageFault} from './message-fault.js';
import {readingOf, type ToldReading} from './told-reading.js';
import {changeValues} from './value-faults.js';

export interface Told {
  readonly payload: Buffer;
  /** Is it sent a second time? */
  readonly twice: boolean;
  /** Is it sent only after the next one? */
  readonly late: boolean;
}

const VALUE_CHANGING: ReadonlySet<FaultKind> = new Set([
  'clock-skew',
  'stuck-value',
  'spike',
  'drift',
  'missing-field',
]);

export class PayloadFaults {
  readonly #faults: readonly MessageFault[];

  constructor(faults: readonly MessageFault[]) {
    // What changes values comes before what spoils the bytes.
    this.#faults = [...faults].sort((a, b) => rank(a.spec.fault) - rank(b.spec.fault));
  }

  /** What becomes of a message. `payload` is not changed; where nothing happens it is given back. */
  apply(payload: Buffer, message: Message): Told {
    let reading: ToldReading | undefined;
    let changed = false;
    let told: Told = {payload, twice: false, late: false};
    for (const fault of this.#faults) {
      const {fault: kind} = fault.spec;
      if (!fault.concerns(message)) continue;
      if (VALUE_CHANGING.has(kind)) {
        reading ??= readingOf(payload);
        const values = reading && changeValues(fault, reading, message);
        if (!values) continue;
        changed = true;
        fault.happened(message, {values});
        continue;
      }
      if (changed) told = {...told, payload: Buffer.from(JSON.stringify(reading!.whole))};
      changed = false;
      told = spoil(fault, told, message);
    }
    return changed ? {...told, payload: Buffer.from(JSON.stringify(reading!.whole))} : told;
  }

  /** Episodes that are not over yet end with the run. */
  end(atMs: number): void {
    for (const fault of this.#faults) fault.end(atMs);
  }
}

const rank = (kind: FaultKind): number => (VALUE_CHANGING.has(kind) ? 0 : kind === 'malformed' ? 1 : 2);

function spoil(fault: MessageFault, told: Told, message: Message): Told {
  switch (fault.spec.fault) {
    case 'duplicate':
      fault.happened(message);
      return {...told, twice: true};
    case 'out-of-order':
      fault.happened(message);
      return {...told, late: true};
    default: {
      const {how, payload} = malformed(told.payload, fault.chance);
      fault.happened(message, {parameters: {how}});
      return {...told, payload};
    }
  }
}

/** What broken firmware and bad lines make of a payload. */
function malformed(payload: Buffer, chance: Chance): {how: string; payload: Buffer} {
  const bytes = Buffer.from(payload);
  switch (Math.floor(chance.next() * 3)) {
    case 0:
      return {how: 'truncated', payload: bytes.subarray(0, Math.max(1, bytes.length >> 1))};
    case 1:
      // 0xFF is in no UTF-8 (RFC 3629, 1).
      return {how: 'not-utf8', payload: bytes.fill(0xff, 0, Math.min(2, bytes.length))};
    default:
      return {how: 'not-json', payload: Buffer.from(`ERR ${bytes.length}`)};
  }
}
