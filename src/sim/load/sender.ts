/** Who sends what a schedule releases: messages of a publisher, or commands of a requester. */
export interface Sender {
  readonly index: number;
  /** What is due or was; the sequence of the next one to be sent. */
  released: number;
  next: number;
  /** It is on the list of those whose turn it is next. */
  isHungry: boolean;
  /** Everything is sent, and acknowledged or answered. */
  readonly isDone: boolean;
  /** What is due and not sent, or not acknowledged or answered. */
  readonly outstanding: number;
  /** Sends what is due and may be sent. */
  pump(): void;
  /** Counts what became of the rest, at the end of a run. */
  account(how: {readonly unsentCounts: boolean}): void;
}
