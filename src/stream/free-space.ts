/** Keeps the volume from being filled: the last `reserveBytes` of it are left to the rest of the platform. */
import {statfs} from 'node:fs/promises';

const RESERVE_BYTES_DEFAULT = 64 * 2 ** 20;
const RESERVE_SHARE_MAX = 0.1;

/** What other programs write is noticed this much later, at most, while events are being written. */
const STALE_AFTER_MS = 250;

/** The pages of the tree that a commit writes anew beside its values. */
const TREE_BYTES = 256 * 1024;

export class FreeSpace {
  #spareBytes = 0;
  #measuredMs = 0;

  private constructor(
    readonly folder: string,
    readonly reserveBytes: number,
  ) {}

  /** With `reserveBytes` 0 nothing is kept back, and only a failing write tells that the disk is full. */
  static async open(folder: string, reserveBytes?: number): Promise<FreeSpace> {
    const {blocks, bsize} = await statfs(folder);
    const chosen =
      reserveBytes ?? Math.min(RESERVE_BYTES_DEFAULT, Math.floor(blocks * bsize * RESERVE_SHARE_MAX));
    const space = new FreeSpace(folder, chosen);
    await space.measure();
    return space;
  }

  /** Reads how much is left above the reserve. */
  async measure(): Promise<void> {
    const {bavail, bsize} = await statfs(this.folder);
    this.#spareBytes = bavail * bsize - this.reserveBytes;
    this.#measuredMs = performance.now();
  }

  /** True when `bytes` are sure to leave the reserve alone, by the last measurement and what was taken since. */
  take(bytes: number): boolean {
    if (this.reserveBytes === 0) return true;
    if (performance.now() - this.#measuredMs > STALE_AFTER_MS) return false;
    return this.#subtract(bytes + TREE_BYTES);
  }

  /**
   * Measures, then decides. Pages that the file holds and no longer uses (`reusableBytes`) need no new space; but they
   * may be too scattered to be used, so half of the reserve has to stay free even then.
   */
  async takeMeasured(bytes: number, reusableBytes: () => number): Promise<boolean> {
    await this.measure();
    const needed = bytes + TREE_BYTES;
    if (this.#subtract(needed)) return true;
    return this.#spareBytes + this.reserveBytes / 2 >= needed && reusableBytes() >= 4 * needed;
  }

  #subtract(bytes: number): boolean {
    if (this.#spareBytes < bytes) return false;
    this.#spareBytes -= bytes;
    return true;
  }
}
