import type {DesiredChange} from '../registry/desired-news.js';

/** What others have to hear of a change once it is committed: the gateway above all, which remembers who may connect. */
export interface IdentityNews {
  /** A device or a token, and whether it may stay connected. */
  identity(change: {readonly tenant: string; readonly name: string; readonly usable: boolean}): void;
  /** A tenant's state or quotas; `usable` says whether its connections may stay. */
  tenant(change: {readonly tenant: string; readonly usable: boolean}): void;
  /** An authority of the tenant's does not count any more: connections by its certificates end. */
  authorities(change: {readonly tenant: string}): void;
  /** Devices came, went, or have other labels: who is limited by a selector may see others now. */
  devices(change: {readonly tenant: string}): void;
  /** Desired documents changed, in the order of their changes: connected devices are sent the patches. */
  twins(changes: readonly DesiredChange[]): void;
}
