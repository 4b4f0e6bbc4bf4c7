/** Measurements that come later, many at once: a file of a person's, or what a device has kept. */

export type UploadState = 'open' | 'finished';

/** `stream`: events like all others, marked as backfill. `store`: past the stream, for questions alone. */
export const UPLOAD_TARGETS = ['stream', 'store'] as const;

export type UploadTarget = (typeof UPLOAD_TARGETS)[number];

export interface Upload {
  readonly id: string;
  /** What whoever began it calls it, such as the file's name. */
  readonly name: string;
  /** What is uploaded, with everything that decides what becomes of it: who begins the same again goes on with it. */
  readonly digest: string;
  readonly into: UploadTarget;
  readonly state: UploadState;
  /** The part that is expected next, from 0: those before it are stored, or will be. */
  readonly nextPart: number;
  readonly rowsAccepted: number;
  readonly rowsRefused: number;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly finishedAt: string | null;
}

/** What a device measured at one time. */
export interface UploadRow {
  readonly device: string;
  /** Empty, or left out, for the device itself. */
  readonly component?: string | undefined;
  /** Unix milliseconds. */
  readonly ts: number;
  readonly v: Readonly<Record<string, unknown>>;
}

export interface RefusedRow {
  /** Its place in the part, from 0. */
  readonly row: number;
  readonly reason: string;
}

export interface PartAnswer {
  readonly part: number;
  readonly accepted: number;
  readonly refused: readonly RefusedRow[];
}

/** Of one part. */
export const UPLOAD_ROWS_MAX = 5000;
