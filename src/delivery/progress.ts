/** How far work that goes on at the same time is done without a gap. */
export class Progress {
  readonly #open = new Set<number>();
  #newest: number | undefined;

  begin(offset: number): void {
    this.#open.add(offset);
    this.#newest = offset;
  }

  end(offset: number): void {
    this.#open.delete(offset);
  }

  /** Nothing up to there is for this reader. */
  passed(offset: number): void {
    this.#newest = offset;
  }

  /** Everything up to this offset is done with; undefined where nothing is. */
  get doneUpTo(): number | undefined {
    // A set keeps the order in which its members came.
    const [oldest] = this.#open;
    return oldest === undefined ? this.#newest : oldest - 1;
  }
}
