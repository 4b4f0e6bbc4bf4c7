/** Progress of long work on stderr: a bar on a terminal, a line every few seconds elsewhere. */

const LINE_EVERY_MS = 3000;
const BAR_EVERY_MS = 100;
const BAR_COLUMNS = 24;

export class Progress implements Disposable {
  private shownAtMs = performance.now();
  private barShown = false;

  /** `what` names what is counted, such as `devices`; without a `total` there is only a number. */
  constructor(
    private readonly what: string,
    private readonly total?: number,
  ) {}

  /** Tells how much is done by now. */
  update(done: number): void {
    const terminal = process.stderr.isTTY === true;
    const nowMs = performance.now();
    if (nowMs - this.shownAtMs < (terminal ? BAR_EVERY_MS : LINE_EVERY_MS)) return;
    this.shownAtMs = nowMs;
    process.stderr.write(terminal ? `\r${this.bar(done)}` : `${this.count(done)}\n`);
    this.barShown = terminal;
  }

  /** Takes the bar away again. */
  [Symbol.dispose](): void {
    if (this.barShown) process.stderr.write('\r\u001b[K');
  }

  private bar(done: number): string {
    if (this.total === undefined) return this.count(done);
    const full = Math.round((BAR_COLUMNS * done) / Math.max(1, this.total));
    return `${'█'.repeat(full)}${'░'.repeat(BAR_COLUMNS - full)} ${this.count(done)}`;
  }

  private count(done: number): string {
    return this.total === undefined ? `${done} ${this.what}` : `${done} of ${this.total} ${this.what}`;
  }
}
