/** Where the payloads of a publisher come from. */
export interface PayloadSource {
  /** No payload is longer. */
  readonly maxBytes: number;
  /** Writes the next payload at `at` and gives back where it ends; `timeMs` is the device's time, in Unix milliseconds. */
  write(target: Buffer, at: number, timeMs: number): number;
}
