/** What brokers answer, by name: the return codes of MQTT 3.1.1 and the reason codes of MQTT 5 that mean the same have one. */

/** MQTT 5, 2.4. */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x80, 'unspecified'],
  [0x81, 'malformed-packet'],
  [0x82, 'protocol-error'],
  [0x83, 'implementation-specific'],
  [0x84, 'unsupported-protocol-version'],
  [0x85, 'client-id-not-valid'],
  [0x86, 'bad-credentials'],
  [0x87, 'not-authorized'],
  [0x88, 'server-unavailable'],
  [0x89, 'server-busy'],
  [0x8a, 'banned'],
  [0x8b, 'server-shutting-down'],
  [0x8c, 'bad-authentication-method'],
  [0x8d, 'keep-alive-timeout'],
  [0x8e, 'session-taken-over'],
  [0x8f, 'topic-filter-invalid'],
  [0x90, 'topic-name-invalid'],
  [0x91, 'packet-id-in-use'],
  [0x92, 'packet-id-not-found'],
  [0x93, 'receive-maximum-exceeded'],
  [0x94, 'topic-alias-invalid'],
  [0x95, 'packet-too-large'],
  [0x96, 'message-rate-too-high'],
  [0x97, 'quota-exceeded'],
  [0x98, 'administrative-action'],
  [0x99, 'payload-format-invalid'],
  [0x9a, 'retain-not-supported'],
  [0x9b, 'qos-not-supported'],
  [0x9c, 'use-another-server'],
  [0x9d, 'server-moved'],
  [0x9e, 'shared-subscriptions-not-supported'],
  [0x9f, 'connection-rate-exceeded'],
  [0xa0, 'maximum-connect-time'],
  [0xa1, 'subscription-ids-not-supported'],
  [0xa2, 'wildcard-subscriptions-not-supported'],
]);

/** The return codes 1 to 5 of a CONNACK (MQTT 3.1.1, 3.2.2.3) as reason codes of MQTT 5. */
const RETURN_CODES: readonly number[] = [0, 0x84, 0x85, 0x88, 0x86, 0x87];

/** The name of a reason code of 0x80 and above; `0xb5` for one that is not in the specification. */
export const reasonName = (code: number): string =>
  NAMES.get(code) ?? `0x${code.toString(16).padStart(2, '0')}`;

/** The name of what a CONNACK refuses with, in either version. */
export const connackReason = (code: number): string => reasonName(RETURN_CODES[code] ?? code);

/** What a socket's error is called while it is connected: `reset`, or the system's own name for it. */
export function socketReason(error: NodeJS.ErrnoException): string {
  const code = error.code ?? error.message;
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : code;
}

/** What OpenSSL says in the message of an error that Node gives no code of its own: `…:SSL routines:FUNCTION:REASON:FILE…`. */
const OPENSSL_REASON = /SSL routines:[^:]*:([^:]+):/;
const ALERT = /^(?:tlsv1|tlsv13|sslv3)-alert-/;

/** The same for TLS: `tls:certificate-required` is what the broker said, `tls:self-signed-cert-in-chain` what was found here. */
export function tlsReason(error: NodeJS.ErrnoException): string {
  const {code = '', message} = error;
  const name =
    /^ERR_(?:SSL|TLS)_(\w+)$/.exec(code)?.[1] ??
    /^(?:CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|INVALID|PATH_LENGTH|HOSTNAME)_\w+$/.exec(code)?.[0] ??
    OPENSSL_REASON.exec(message)?.[1];
  if (name === undefined) return socketReason(error);
  return `tls:${name.toLowerCase().replaceAll(/[_ ]/g, '-').replace(ALERT, '')}`;
}
