/** The truth of a run: each fault that was injected, so that a test can ask whether a rule found it. */
import {appendFileSync} from 'node:fs';
import type {FaultKind} from './faults/fault-spec.js';

export interface TruthRecord {
  readonly device: string;
  readonly fault: FaultKind;
  /** `once` is a fault of one message or one moment. */
  readonly phase: 'start' | 'end' | 'once';
  /** Unix milliseconds of the device's clock, as it would be without a skew. */
  readonly deviceMs: number;
  /** What the scenario says of it. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** The first and the last message of telemetry that it concerned, counted from 1 for each device. */
  readonly sequence?: readonly [first: number, last: number];
  /** Of the last message that it concerned: what it would have said, and what it said. */
  readonly values?: Readonly<Record<string, {readonly true: unknown; readonly sent: unknown}>>;
}

/** Takes what happened; `undefined` where nobody asked for it. */
export type TruthSink = (record: TruthRecord) => void;

const LINES_AT_ONCE = 500;

/**
 * Appends to a file of NDJSON. Several processes may append to one file: each write is of whole lines, and the system
 * appends it as one (POSIX, O_APPEND).
 */
export class TruthFile {
  readonly #path: string;
  #lines: string[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  readonly record: TruthSink = ({deviceMs, ...record}) => {
    const deviceTime = new Date(deviceMs).toISOString();
    const {device, fault, phase, ...rest} = record;
    const line = {deviceTime, wallTime: new Date().toISOString(), device, fault, phase, ...rest};
    this.#lines.push(`${JSON.stringify(line)}\n`);
    if (this.#lines.length >= LINES_AT_ONCE) this.flush();
  };

  flush(): void {
    if (this.#lines.length === 0) return;
    appendFileSync(this.#path, this.#lines.join(''));
    this.#lines = [];
  }
}
