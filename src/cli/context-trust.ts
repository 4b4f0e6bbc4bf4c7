/** Settles which certificate a new context trusts, before anything secret is sent there. */
import type {Trust} from '../client/trust.js';
import {IotctlError} from '../domain/errors.js';
import {ask, isYes, someoneToAsk} from './confirm.js';
import {readInput} from './lines-in.js';
import {say} from './stdout.js';
import {visible} from './text-width.js';

/** What the flags say. Throws `IOT_USAGE` for a URL without TLS, and `IOT_INPUT_INVALID` for a file of no use. */
export async function trustOfFlags(
  flags: {readonly ca?: string | undefined; readonly fingerprint?: string | undefined},
  urls: readonly string[],
): Promise<Trust> {
  if (flags.ca === undefined && flags.fingerprint === undefined) return {};
  const {parseCa, parseFingerprint, speaksTls} = await import('../client/trust.js');
  if (!urls.some(speaksTls)) {
    throw new IotctlError('IOT_USAGE', `--ca and --fingerprint are for TLS, which ${urls[0]} does not use`);
  }
  return flags.fingerprint === undefined
    ? {ca: parseCa((await readInput(flags.ca!)).toString('utf8'), flags.ca!)}
    : {fingerprint: parseFingerprint(flags.fingerprint)};
}

/**
 * Makes a connection with that trust. Where only the CA is unknown, and there is someone to ask, the fingerprint is
 * shown and asked about; the answer is what is trusted from then on. Throws `IOT_TLS_UNTRUSTED`.
 */
export async function settledTrust(url: string, trust: Trust): Promise<Trust> {
  const {checkTrust, presentedChain, speaksTls} = await import('../client/trust.js');
  if (!speaksTls(url)) return trust;
  try {
    await checkTrust(url, trust);
    return trust;
  } catch (error) {
    const {isUnknownCa} = await import('../client/tls-errors.js');
    const decided = trust.ca !== undefined || trust.fingerprint !== undefined;
    if (decided || !isUnknownCa(error) || !someoneToAsk()) throw error;
    const last = (await presentedChain(url)).at(-1)!;
    const pinned = {fingerprint: last.fingerprint256};
    // Pinning helps against nothing else: one that has expired, or is for another host, stays refused.
    await checkTrust(url, pinned);
    say(
      `${visible((error as IotctlError).message)}.\nThe last certificate that it presents is ${oneLine(last.subject)}, SHA-256:`,
    );
    say(`  ${last.fingerprint256}`);
    say('Compare it with what the platform printed, or whoever runs it tells you.');
    if (isYes(await ask('Trust it from now on? [y/N] '))) return pinned;
    throw error;
  }
}

/** Says so where a secret would cross the network for everyone on the way to read. */
export function warnOfPlainText(url: string): void {
  const {protocol, hostname} = new URL(url);
  const plain = ['http:', 'mqtt:', 'ws:'].includes(protocol);
  if (plain && !/^(127\.[\d.]+|localhost|\[::1\])$/.test(hostname)) {
    say(`Warning: ${url} is not encrypted: whatever is sent there, the token too, can be read on the way.`);
  }
}

/** Node gives one part a line; what they hold is the server's choice. */
const oneLine = (subject: string): string => visible(subject.split('\n').join(', '));
