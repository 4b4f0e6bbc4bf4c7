import type {Context} from '../client/contexts.js';

/** What a context trusts, as it was given; undefined where that is what the system trusts. */
export const trustOf = ({ca, fingerprint}: Context) =>
  ca === undefined && fingerprint === undefined ? undefined : {ca, fingerprint};
