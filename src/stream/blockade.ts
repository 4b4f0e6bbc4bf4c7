/** While a writer cannot write: what it refuses events with, and looking again and again whether it can. */
const LOOK_AGAIN_MS = 500;

export class Blockade {
  #refusal: Error | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  /** `isClear` tells whether a commit of so many bytes would now succeed. */
  constructor(private readonly isClear: (bytes: number) => Promise<boolean>) {}

  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /** Refuses everything with `refusal` until `bytes` can be written. */
  raise(refusal: Error, bytes: number): void {
    this.#refusal = refusal;
    if (this.#timer === undefined && !this.#isOver) this.#lookLater(bytes);
  }

  /** Refuses everything from now on. */
  raiseForGood(refusal: Error): void {
    this.#refusal = refusal;
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #lookLater(bytes: number): void {
    this.#timer = setTimeout(() => void this.#look(bytes), LOOK_AGAIN_MS).unref();
  }

  async #look(bytes: number): Promise<void> {
    let clear = false;
    try {
      clear = await this.isClear(bytes);
    } catch (error) {
      // What stops us from looking also stops us from writing.
      if (error instanceof Error && !this.#isOver) this.#refusal = error;
    }
    if (this.#isOver) return;
    if (!clear) return this.#lookLater(bytes);
    this.#timer = undefined;
    this.#refusal = undefined;
  }
}
