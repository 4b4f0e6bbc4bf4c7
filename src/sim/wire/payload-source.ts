/** Makes the payloads of one device, straight into the buffer from which they are sent. */
export interface PayloadSource {
  /** No payload is longer. */
  readonly maxBytes: number;

  /** Writes the next payload from `at` on and gives back where it ends; `timeMs` is the device's wall clock, Unix epoch. */
  write(target: Buffer, at: number, timeMs: number): number;
}
