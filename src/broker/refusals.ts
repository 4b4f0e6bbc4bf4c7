/**
 * Every refusal is an event with a reason. A flood of equal ones becomes one event a second with a count, so that a
 * stranger cannot fill the stream.
 */
import {type NewEvent, ownEvent} from '../domain/event.js';
import {holdsSecret, withoutSecrets} from '../domain/generated-secret.js';

export interface Refusal {
  /** `connection.refused`, `publish.refused`, `subscribe.refused`, `message.dropped` or `connection.closed`. */
  readonly type: string;
  readonly tenant: string;
  /** Empty where nobody was identified. */
  readonly device: string;
  readonly reason: string;
  /** The topic, filter or address that it is about. */
  readonly subject: string;
  /** Whose, without the port; undefined where it is about a session alone. */
  readonly address?: string | undefined;
}

const WINDOW_MS = 1000;

/** Different refusals remembered in a window; what comes on top is counted under `other`. */
const KINDS_MAX = 1000;

export class Refusals {
  readonly #append: (event: NewEvent) => void;
  readonly #heard: (refusal: Refusal) => void;
  readonly #repeats = new Map<string, {refusal: Refusal; count: number}>();
  #timer: NodeJS.Timeout | undefined;
  #total = 0;
  #dropped = 0;

  /** `heard` is told of each, before it is counted together with its like. */
  constructor(append: (event: NewEvent) => void, heard: (refusal: Refusal) => void = () => undefined) {
    this.#append = append;
    this.#heard = heard;
  }

  get total(): number {
    return this.#total;
  }

  /** Messages that were not delivered to a subscriber that does not read, or whose queue is full. */
  get dropped(): number {
    return this.#dropped;
  }

  report(reported: Refusal): void {
    const refusal = withoutSecret(reported);
    if (refusal.type === 'message.dropped') this.#dropped++;
    else this.#total++;
    this.#heard(refusal);
    const key = `${refusal.type} ${refusal.tenant} ${refusal.device} ${refusal.reason}`;
    const repeat = this.#repeats.get(key);
    if (repeat) {
      repeat.count++;
      return;
    }
    if (this.#repeats.size >= KINDS_MAX) return;
    this.#repeats.set(key, {refusal, count: 0});
    this.#append(eventOf(refusal, 1));
    this.#timer ??= setTimeout(() => this.#flush(), WINDOW_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#flush();
  }

  #flush(): void {
    this.#timer = undefined;
    for (const {refusal, count} of this.#repeats.values())
      if (count > 0) this.#append(eventOf(refusal, count));
    this.#repeats.clear();
  }
}

/** Who is refused may have sent a secret as a name or in a topic, where nobody is to read it. */
const withoutSecret = (refusal: Refusal): Refusal => ({
  ...refusal,
  device: refusal.type === 'connection.refused' && holdsSecret(refusal.device) ? '' : refusal.device,
  subject: withoutSecrets(refusal.subject),
});

const eventOf = ({tenant, device, type, reason, subject}: Refusal, count: number): NewEvent =>
  ownEvent({tenant, device, type, data: {reason, subject, count}});
