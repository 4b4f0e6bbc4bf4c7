/** Notices of one kind, those of one turn of the event loop in one message. */
export class GatheredNotices<Notice> {
  readonly #tell: (notices: readonly Notice[]) => void;
  #waiting: Notice[] = [];

  constructor(tell: (notices: readonly Notice[]) => void) {
    this.#tell = tell;
  }

  add(notice: Notice): void {
    this.#waiting.push(notice);
    if (this.#waiting.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const notices = this.#waiting;
    this.#waiting = [];
    this.#tell(notices);
  }
}
