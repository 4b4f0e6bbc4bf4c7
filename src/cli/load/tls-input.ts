/** The PEM files of `--ca`, `--cert` and `--key`. */
import type {Context} from '../../client/contexts.js';
import {parseCa, type Trust} from '../../client/trust.js';
import type {ClientCertificate} from '../../sim/wire/endpoint.js';
import {readInput} from '../lines-in.js';

export interface TlsFlagValues {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Whom a context trusts, unless the flag says it; undefined for the system's own. */
export async function trustOf({ca}: TlsFlagValues, context: Context | undefined): Promise<Trust | undefined> {
  if (ca !== undefined) return {ca: parseCa((await readInput(ca)).toString('latin1'), ca)};
  if (context?.ca === undefined && context?.fingerprint === undefined) return undefined;
  return {ca: context.ca, fingerprint: context.fingerprint};
}

export async function certificateOf({cert, key}: TlsFlagValues): Promise<ClientCertificate | undefined> {
  if (cert === undefined || key === undefined) return undefined;
  const [certPem, keyPem] = await Promise.all([readInput(cert), readInput(key)]);
  return {cert: certPem.toString('latin1'), key: keyPem.toString('latin1')};
}
