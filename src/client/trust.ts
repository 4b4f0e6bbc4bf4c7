/**
 * Which certificates a context trusts: those of the system's CAs, of its own CA, or the one whose SHA-256 is pinned.
 * In each case it is OpenSSL that verifies the chain, its dates and the host's name.
 */
import {X509Certificate} from 'node:crypto';
import type {DetailedPeerCertificate, TLSSocket} from 'node:tls';
import {IotctlError} from '../domain/errors.js';
import {untrusted} from './tls-errors.js';

export interface Trust {
  /** PEM of one or more CAs; they are trusted instead of the system's. */
  readonly ca?: string | undefined;
  /** SHA-256 of the server's certificate, or of one above it in the chain that it presents: `AB:CD:…`. */
  readonly fingerprint?: string | undefined;
}

/** What `tls.connect`, `https.request` and MQTT take; nothing in it switches a check off. */
export interface TlsOptions {
  readonly ca?: string;
  readonly allowPartialTrustChain?: boolean;
  readonly rejectUnauthorized: true;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = {'https:': 443, 'wss:': 443, 'mqtts:': 8883};

export const speaksTls = (url: string): boolean =>
  URL.canParse(url) && Object.hasOwn(DEFAULT_PORTS, new URL(url).protocol);

/**
 * The options for a connection to `url`. A pinned fingerprint is looked up in the chain that the server presents, and
 * the certificate found becomes the only CA: that someone can show a public certificate proves nothing, so the
 * connection itself has to be verified up to it. Throws `IOT_TLS_UNTRUSTED` where no certificate matches.
 */
export async function tlsOptions(url: string, {ca, fingerprint}: Trust = {}): Promise<TlsOptions> {
  if (fingerprint === undefined) {
    return ca === undefined
      ? {rejectUnauthorized: true}
      : {ca, allowPartialTrustChain: true, rejectUnauthorized: true};
  }
  const wanted = parseFingerprint(fingerprint);
  const chain = await presentedChain(url);
  const pinned = chain.find(certificate => certificate.fingerprint256 === wanted);
  if (pinned === undefined) {
    const shown = chain.map(certificate => certificate.fingerprint256).join(', ');
    throw new IotctlError(
      'IOT_TLS_UNTRUSTED',
      `no certificate of ${hostOf(url)} has the fingerprint ${wanted}; it presents ${shown || 'none'}`,
    );
  }
  return {ca: pinned.toString(), allowPartialTrustChain: true, rejectUnauthorized: true};
}

/**
 * A handshake and nothing more, before anything secret is sent. Throws `IOT_TLS_UNTRUSTED`, or the error of the
 * connection as it is.
 */
export async function checkTrust(url: string, trust: Trust = {}): Promise<void> {
  const options = await tlsOptions(url, trust);
  try {
    (await handshake(url, options)).destroy();
  } catch (error) {
    throw untrusted(hostOf(url), error) ?? error;
  }
}

/** What the server presents, its own certificate first; none of it is verified. */
export async function presentedChain(url: string): Promise<X509Certificate[]> {
  const socket = await handshake(url, {rejectUnauthorized: false});
  try {
    const chain: X509Certificate[] = [];
    let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
    // The last one of a complete chain is its own issuer.
    while (next?.raw !== undefined && !chain.some(({raw}) => raw.equals(next!.raw))) {
      chain.push(new X509Certificate(next.raw));
      next = next.issuerCertificate;
    }
    return chain;
  } finally {
    socket.destroy();
  }
}

/** `abcd…` and `AB CD…` are `AB:CD:…` too. Throws `IOT_USAGE` for what is not a SHA-256. */
export function parseFingerprint(text: string): string {
  const hex = text.replace(/^sha-?256[:=]/i, '').replaceAll(/[:\s]/g, '');
  if (!/^[0-9a-f]{64}$/i.test(hex)) {
    throw new IotctlError(
      'IOT_USAGE',
      `not a SHA-256 fingerprint, which has 32 bytes in hex: ${JSON.stringify(text.slice(0, 120))}`,
    );
  }
  return hex.toUpperCase().match(/../g)!.join(':');
}

/** Gives the certificates of a PEM text back, without whatever else it holds. Throws `IOT_INPUT_INVALID` naming `path`. */
export function parseCa(text: string, path: string): string {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    if (blocks.length === 0) throw new Error('it holds no certificate in PEM form');
    return blocks.map(block => new X509Certificate(block).toString()).join('');
  } catch (error) {
    throw new IotctlError('IOT_INPUT_INVALID', `--ca ${path}: ${(error as Error).message}`, {cause: error});
  }
}

const hostOf = (url: string): string => new URL(url).host;

async function handshake(
  url: string,
  options: {readonly rejectUnauthorized: boolean; readonly ca?: string},
): Promise<TLSSocket> {
  const [{connect}, {isIP}] = await Promise.all([import('node:tls'), import('node:net')]);
  const {hostname, port, protocol} = new URL(url);
  const host = hostname.replaceAll(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...options,
      host,
      port: Number(port) || DEFAULT_PORTS[protocol]!,
      // RFC 6066, 3: an address is no server name.
      ...(isIP(host) === 0 ? {servername: host} : {}),
    });
    socket.setTimeout(HANDSHAKE_TIMEOUT_MS, () => {
      socket.destroy(
        new IotctlError(
          'IOT_TIMED_OUT',
          `no TLS handshake with ${hostOf(url)} within ${HANDSHAKE_TIMEOUT_MS} ms`,
        ),
      );
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}
