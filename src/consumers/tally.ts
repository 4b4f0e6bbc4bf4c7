/** What became of a consumer's deliveries since it began to run, whatever was changed of it meanwhile. */
import type {ConsumerId} from './ports.js';

export interface Tally extends ConsumerId {
  /** Events that the receiver has. */
  delivered: number;
  /** Requests, messages or runs that did not succeed. */
  failedAttempts: number;
}

export const newTally = ({tenant, name}: ConsumerId): Tally => ({
  tenant,
  name,
  delivered: 0,
  failedAttempts: 0,
});
