import type {Identity} from './identity.js';

/** The message that is being written. One object for all publishers of a run: payloads read what they need from it. */
export interface CurrentMessage {
  stream: number;
  sequence: number;
  /** Both on the clock of the run. */
  dueMs: number;
  sentMs: number;
  identity: Identity;
}
