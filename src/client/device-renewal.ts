/** What a device itself asks the API for: it proves who it is with its own certificate or secret, not with a token. */
import type {IncomingMessage} from 'node:http';
import type {RequestOptions} from 'node:https';
import {IotctlError, isErrorCode} from '../domain/errors.js';

/** Its key and chain in PEM, for mutual TLS; or its name and secret, for HTTP Basic (RFC 7617). */
export type DeviceProof =
  | {readonly key: string; readonly chain: string}
  | {readonly username: string; readonly secret: string};

export interface RenewedCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly chain: string;
  /** RFC 3339. */
  readonly notAfter: string;
}

const TIMEOUT_MS = 30_000;

/**
 * A new certificate for the key of `csr` (PEM). `ca` is the PEM of the authorities to trust instead of the system's.
 * Throws the platform's own code, `IOT_PLATFORM_UNREACHABLE`, or `IOT_USAGE` for a certificate without TLS.
 */
export async function renewCertificate(
  {url, ca}: {url: string; ca?: string | undefined},
  device: string,
  {csr, proof}: {csr: string; proof: DeviceProof},
): Promise<RenewedCertificate> {
  const target = new URL(url);
  if ('key' in proof && target.protocol !== 'https:') {
    throw new IotctlError('IOT_USAGE', `a certificate proves nothing without TLS, and ${url} is without`);
  }
  const text = JSON.stringify({csr});
  const {status, answer} = await exchange(target, text, {
    ...(ca === undefined ? {} : {ca}),
    ...('key' in proof ? {key: proof.key, cert: proof.chain} : {auth: `${proof.username}:${proof.secret}`}),
    method: 'POST',
    path: `${target.pathname.replace(/\/$/, '')}/v1/devices/${encodeURIComponent(device)}/certificate/renew`,
    headers: {'content-type': 'application/json', 'content-length': Buffer.byteLength(text)},
  });
  return answerOf(status, answer);
}

async function exchange(
  target: URL,
  text: string,
  options: RequestOptions,
): Promise<{status: number; answer: string}> {
  const {request} = target.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(target, {...options, signal}, resolve)
        .on('error', reject)
        .end(text);
    });
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    return {status: response.statusCode!, answer: Buffer.concat(chunks).toString('utf8')};
  } catch (error) {
    if (signal.aborted)
      throw new IotctlError('IOT_TIMED_OUT', `no answer from ${target.origin} within ${TIMEOUT_MS} ms`);
    const {code = (error as Error).message} = error as NodeJS.ErrnoException;
    throw new IotctlError(
      'IOT_PLATFORM_UNREACHABLE',
      `cannot reach a platform at ${target.origin} (${code})`,
      {
        cause: error,
      },
    );
  }
}

function answerOf(status: number, text: string): RenewedCertificate {
  const answer = parse(text) as (RenewedCertificate & {code?: string; detail?: string}) | undefined;
  if (status === 201 && answer !== undefined) return answer;
  const {code, detail} = answer ?? {};
  if (code !== undefined && isErrorCode(code)) throw new IotctlError(code, detail ?? code);
  throw new IotctlError(
    'IOT_INTERNAL',
    `an answer that is not a platform’s: ${status} ${text.slice(0, 120)}`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
