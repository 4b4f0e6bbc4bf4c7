/**
 * Every error a user can meet: its exit code, the HTTP status that carries it, and how to get past it.
 * Codes are public and never reused; `docs/errors.md` explains each (a test keeps the two equal).
 */
interface ErrorEntry {
  readonly exitCode: number;
  readonly status: number;
  readonly hint: string;
}

export const ERRORS = {
  IOT_USAGE: {exitCode: 2, status: 400, hint: 'See the command’s --help.'},
  IOT_REQUEST_INVALID: {exitCode: 2, status: 400, hint: 'See the OpenAPI document at /v1/openapi.json.'},
  IOT_METRIC_UNKNOWN: {
    exitCode: 2,
    status: 400,
    hint: 'See all metrics with `iotctl query "SELECT DISTINCT metric FROM readings"`.',
  },
  IOT_EXPRESSION_INVALID: {
    exitCode: 2,
    status: 400,
    hint: 'Such as: temperature > 30 && labels.site == "oslo". docs/tailing.md and docs/querying.md tell what an expression can say.',
  },
  IOT_DEVICE_ID_INVALID: {
    exitCode: 2,
    status: 400,
    hint: 'Use 1 to 128 letters, digits, `.`, `_`, `:` or `-`, starting with a letter or digit.',
  },
  IOT_TIME_INVALID: {
    exitCode: 2,
    status: 400,
    hint: 'Use RFC 3339 (2026-01-31T12:00:00Z), now-15m, 15m, 2h, or yesterday.',
  },
  IOT_PLATFORM_UNREACHABLE: {
    exitCode: 3,
    status: 503,
    hint: 'Start one with `iotctl up --detach`, or choose another with `iotctl context use`.',
  },
  IOT_BROKER_UNREACHABLE: {exitCode: 3, status: 503, hint: 'Check the URL and that the broker is running.'},
  IOT_PART_UNAVAILABLE: {exitCode: 3, status: 503, hint: 'See which part and why with `iotctl status`.'},
  IOT_DISK_FULL: {
    exitCode: 3,
    status: 503,
    hint: 'Free some disk space; the platform goes on by itself. See `iotctl status`.',
  },
  IOT_NOT_FOUND: {exitCode: 4, status: 404, hint: 'Check the address and the id.'},
  IOT_DEVICE_UNKNOWN: {exitCode: 4, status: 404, hint: 'See the known devices with `iotctl device list`.'},
  IOT_COMMAND_UNKNOWN: {exitCode: 4, status: 404, hint: 'A command’s id is printed by `iotctl cmd send`.'},
  IOT_TOKEN_UNKNOWN: {exitCode: 4, status: 404, hint: 'See the tokens with `iotctl token list`.'},
  IOT_CERTIFICATE_UNKNOWN: {
    exitCode: 4,
    status: 404,
    hint: 'See its certificates with `iotctl device show`.',
  },
  IOT_CURSOR_UNKNOWN: {exitCode: 4, status: 404, hint: 'See the cursors with `iotctl cursor list`.'},
  IOT_CONSUMER_UNKNOWN: {
    exitCode: 4,
    status: 404,
    hint: 'See the consumers with `iotctl consumer list`.',
  },
  IOT_MODEL_UNKNOWN: {exitCode: 4, status: 404, hint: 'See the models with `iotctl model list`.'},
  IOT_MODEL_EXISTS: {
    exitCode: 5,
    status: 409,
    hint: 'A version is never changed: give the file the next version, and apply it again.',
  },
  IOT_MODEL_INCOMPATIBLE: {
    exitCode: 5,
    status: 409,
    hint: 'Keep what devices and queries rely on, or pass --allow-breaking. `iotctl model check` compares two versions.',
  },
  IOT_MODEL_IN_USE: {
    exitCode: 5,
    status: 409,
    hint: 'Move its devices to another version with `iotctl device update --model`.',
  },
  IOT_COMMAND_ARGUMENTS: {
    exitCode: 2,
    status: 400,
    hint: 'See the commands of the device’s model and their arguments with `iotctl model show`.',
  },
  IOT_CONTEXT_UNKNOWN: {exitCode: 4, status: 404, hint: 'See the contexts with `iotctl context list`.'},
  IOT_CONTEXT_MISSING: {
    exitCode: 3,
    status: 400,
    hint: 'Start a platform with `iotctl up --detach`, or add one with `iotctl context add`.',
  },
  IOT_CONTEXT_KIND: {
    exitCode: 2,
    status: 400,
    hint: 'Choose a context whose kind is `platform`; `iotctl context list` shows each kind.',
  },
  IOT_CONTEXT_READ_ONLY: {
    exitCode: 6,
    status: 403,
    hint: 'Choose another with --context, or add this one again without --read-only.',
  },
  IOT_CONTEXT_PROTECTED: {
    exitCode: 6,
    status: 403,
    hint: 'Type the context’s name when asked, or pass it as --yes-i-mean NAME.',
  },
  IOT_DEVICE_EXISTS: {
    exitCode: 5,
    status: 409,
    hint: 'Choose another id, or pass --if-not-exists to keep the one there is.',
  },
  IOT_TOKEN_EXISTS: {exitCode: 5, status: 409, hint: 'Choose another name, or delete that token first.'},
  IOT_DEVICE_RETIRED: {
    exitCode: 5,
    status: 409,
    hint: 'A retired device keeps its id and its history; create a device with another id.',
  },
  IOT_DEVICE_NOT_RETIRED: {
    exitCode: 5,
    status: 409,
    hint: 'Retire it first with `iotctl device retire`, or pass --force.',
  },
  IOT_DEVICE_STATE: {
    exitCode: 5,
    status: 409,
    hint: 'See its state and the reason with `iotctl device show`.',
  },
  IOT_DEVICE_MAINTENANCE: {
    exitCode: 5,
    status: 409,
    hint: 'Somebody works at it. Wait for `iotctl device enable`, or send the command with --force.',
  },
  IOT_DEVICE_CHANGED: {
    exitCode: 5,
    status: 412,
    hint: 'Look at it again with `iotctl device show`, and repeat the change with its present version.',
  },
  IOT_DEVICE_OWNED: {
    exitCode: 5,
    status: 409,
    hint: 'Its owner has to let go of it first, with `iotctl device disown`.',
  },
  IOT_CLAIM_CODE_INVALID: {
    exitCode: 2,
    status: 400,
    hint: 'Read the code again: eleven letters and digits, XXXX-XXXX-XXC.',
  },
  IOT_CLAIM_UNKNOWN: {exitCode: 4, status: 404, hint: 'See the claims with `iotctl claim list`.'},
  IOT_CLAIM_USED: {exitCode: 5, status: 410, hint: 'Make another one with `iotctl claim create`.'},
  IOT_CLAIM_EXPIRED: {exitCode: 5, status: 410, hint: 'Make another one with `iotctl claim create`.'},
  IOT_CLAIM_WITHDRAWN: {exitCode: 5, status: 410, hint: 'Make another one with `iotctl claim create`.'},
  IOT_CLAIM_DENIED: {
    exitCode: 6,
    status: 403,
    hint: 'Ask whoever denied it; `iotctl claim show` names them.',
  },
  IOT_CLAIM_REFUSED: {
    exitCode: 6,
    status: 403,
    hint: 'The code is for another device: see what it is bound to with `iotctl claim show`.',
  },
  IOT_CONFIGURATION_UNKNOWN: {
    exitCode: 4,
    status: 404,
    hint: 'See the configurations with `iotctl config list`.',
  },
  IOT_TWIN_LIMIT: {
    exitCode: 2,
    status: 400,
    hint: 'Tags have at most 8 KB, desired and reported 32 KB each, all of them 10 levels; see docs/twins.md.',
  },
  IOT_TWIN_PROPERTY: {
    exitCode: 2,
    status: 400,
    hint: 'See the properties of the device’s model with `iotctl model show`.',
  },
  IOT_TWIN_CHANGED: {
    exitCode: 5,
    status: 412,
    hint: 'Look at it again with `iotctl device twin show`, and repeat the change with its present version.',
  },
  IOT_ENROLMENT_UNKNOWN: {
    exitCode: 4,
    status: 404,
    hint: 'See the groups with `iotctl enroll group list`, who asked with `iotctl enroll request list`.',
  },
  IOT_ENROLMENT_DENIED: {
    exitCode: 6,
    status: 403,
    hint: 'Its group is disabled, or somebody denied it; see `iotctl enroll request list`.',
  },
  IOT_DEVICE_OFFLINE: {
    exitCode: 5,
    status: 409,
    hint: 'The command waits until its time to live is over. Watch it with `iotctl cmd show`.',
  },
  IOT_COMMAND_FAILED: {exitCode: 5, status: 409, hint: 'The device’s answer is in the result above.'},
  IOT_COMMAND_EXPIRED: {exitCode: 8, status: 409, hint: 'Send it again with a longer --ttl.'},
  IOT_SOME_FAILED: {
    exitCode: 5,
    status: 409,
    hint: 'The lines above say which and why. With --resume FILE only what is left is done again.',
  },
  IOT_CONFLICT: {exitCode: 5, status: 409, hint: 'Look at the present state and try again.'},
  IOT_PORT_TAKEN: {
    exitCode: 5,
    status: 409,
    hint: 'Choose another with --port-mqtt, --port-ws or --port-api, or pass --auto-ports.',
  },
  IOT_DATA_HELD: {
    exitCode: 5,
    status: 409,
    hint: 'Stop that platform with `iotctl down`, or pass another --data.',
  },
  IOT_DATA_CORRUPT: {
    exitCode: 7,
    status: 500,
    hint: 'Put the named file back from a backup; or move it aside and start again: what the event stream still holds is stored anew.',
  },
  IOT_ERASURE_INCOMPLETE: {
    exitCode: 7,
    status: 500,
    hint: 'Put the named files back from a backup, or let retention delete their days; then ask again.',
  },
  IOT_UNAUTHENTICATED: {exitCode: 6, status: 401, hint: 'Check the token or the device’s secret.'},
  IOT_FORBIDDEN: {exitCode: 6, status: 403, hint: 'This credential does not allow that.'},
  IOT_CERTIFICATE_REFUSED: {
    exitCode: 6,
    status: 400,
    hint: 'Make a new key and request: EC P-256 or P-384, Ed25519, or RSA of at least 2048 bits.',
  },
  IOT_HOST_REFUSED: {exitCode: 6, status: 403, hint: 'Use the address that `iotctl up` printed.'},
  IOT_TOKEN_COMMAND: {
    exitCode: 6,
    status: 401,
    hint: 'Run the context’s token command by hand; `iotctl context add` sets another.',
  },
  IOT_TLS_UNTRUSTED: {
    exitCode: 6,
    status: 502,
    hint: 'See why with `iotctl doctor tls`; `iotctl context add` takes what to trust as --ca FILE or --fingerprint SHA256.',
  },
  IOT_MQTT_REFUSED: {exitCode: 6, status: 403, hint: 'Check the user name, the password and the topic.'},
  IOT_PAYLOAD_TOO_LARGE: {exitCode: 7, status: 413, hint: 'Split it: a device’s payload is at most 256 KiB.'},
  IOT_INPUT_INVALID: {exitCode: 7, status: 400, hint: 'Correct the named line of the input.'},
  IOT_PUBLISH_INCOMPLETE: {exitCode: 1, status: 500, hint: 'Publish the rest again; the counts are above.'},
  IOT_QUERY_INVALID: {
    exitCode: 2,
    status: 400,
    hint: 'See the tables and their columns with `iotctl query --schema`.',
  },
  IOT_QUERY_REFUSED: {
    exitCode: 6,
    status: 403,
    hint: 'A query is one reading statement over the tables of `iotctl query --schema`.',
  },
  IOT_QUERY_TIMEOUT: {
    exitCode: 8,
    status: 408,
    hint: 'Narrow it by time or device, or pass a longer --timeout.',
  },
  IOT_FORWARD_FAILED: {
    exitCode: 1,
    status: 500,
    hint: 'See what the receiver says; go on with `iotctl tail --after OFFSET --forward URL`.',
  },
  IOT_EXEC_FAILED: {exitCode: 1, status: 500, hint: 'Run the command by hand with one event on its stdin.'},
  IOT_EXEC_REFUSED: {
    exitCode: 6,
    status: 403,
    hint: 'Whoever runs the platform may start it with `iotctl up --allow-exec`.',
  },
  IOT_ADDRESS_PRIVATE: {
    exitCode: 6,
    status: 403,
    hint: 'Pass --allow-private where an address of your own network is meant.',
  },
  IOT_QUERY_CANCELLED: {exitCode: 8, status: 409, hint: 'Ask again.'},
  IOT_TOO_SLOW: {exitCode: 8, status: 503, hint: 'Resume from the offset named above.'},
  IOT_TIMED_OUT: {exitCode: 8, status: 408, hint: 'Try again with a longer time.'},
  IOT_OFFSET_GONE: {exitCode: 4, status: 410, hint: 'Start from a later offset; see `iotctl status`.'},
  IOT_CHECK_FAILED: {exitCode: 9, status: 409, hint: 'Each line above says what, and why.'},
  IOT_MACHINE_LIMIT: {
    exitCode: 2,
    status: 400,
    hint: 'See what this machine holds, and why, with `iotctl bench check`.',
  },
  IOT_SOURCE_ADDRESS: {
    exitCode: 2,
    status: 400,
    hint: 'See the addresses of this machine with `ip address`. All of 127.0.0.0/8 reach a broker on this machine.',
  },
  IOT_RUN_REGRESSED: {exitCode: 9, status: 500, hint: 'See the comparison above.'},
  IOT_RUN_UNKNOWN: {exitCode: 4, status: 404, hint: 'See the runs that are kept with `iotctl bench list`.'},
  IOT_RUNS_INCOMPARABLE: {
    exitCode: 2,
    status: 400,
    hint: 'Compare runs of one command with the same load; `iotctl bench show` tells what a run did.',
  },
  IOT_THRESHOLD_MISSED: {exitCode: 9, status: 500, hint: 'See the summary above.'},
  IOT_TENANT_ID_INVALID: {
    exitCode: 2,
    status: 400,
    hint: 'Use 3 to 63 lower-case letters, digits or `-`, starting and ending with a letter or digit.',
  },
  IOT_TENANT_UNKNOWN: {exitCode: 4, status: 404, hint: 'See the tenants with `iotctl tenant list`.'},
  IOT_TENANT_EXISTS: {
    exitCode: 5,
    status: 409,
    hint: 'Choose another id; that of a deleted tenant stays taken.',
  },
  IOT_TENANT_SUSPENDED: {
    exitCode: 6,
    status: 403,
    hint: 'Ask the platform’s administrator; `iotctl tenant resume` lets it go on.',
  },
  IOT_USER_UNKNOWN: {exitCode: 4, status: 404, hint: 'See the users with `iotctl user list`.'},
  IOT_USER_EXISTS: {exitCode: 5, status: 409, hint: 'Choose another name.'},
  IOT_PASSWORD_WEAK: {exitCode: 2, status: 400, hint: 'Use 12 characters or more, such as four words.'},
  IOT_BINDING_UNKNOWN: {
    exitCode: 4,
    status: 404,
    hint: 'See who has which role with `iotctl role bindings`.',
  },
  IOT_LAST_ADMIN: {
    exitCode: 5,
    status: 409,
    hint: 'Give the role to someone else first: nobody could give it back.',
  },
  IOT_CREDENTIAL_UNKNOWN: {
    exitCode: 4,
    status: 404,
    hint: 'See a device’s credentials with `iotctl device credential list`.',
  },
  IOT_QUOTA_EXCEEDED: {
    exitCode: 5,
    status: 409,
    hint: 'See what the tenant may use with `iotctl tenant quota`; the platform’s administrator can raise it.',
  },
  IOT_RATE_LIMITED: {exitCode: 8, status: 429, hint: 'Wait as long as Retry-After says, and try again.'},
  IOT_BANNED: {exitCode: 6, status: 429, hint: 'Wait until the ban ends; see `iotctl ban list`.'},
  IOT_BAN_UNKNOWN: {exitCode: 4, status: 404, hint: 'See the bans with `iotctl ban list`.'},
  IOT_PLAIN_TEXT_REFUSED: {
    exitCode: 2,
    status: 400,
    hint: 'Pass --tls, which makes its own certificates, or --insecure to have everything read by anyone on the way.',
  },
  IOT_AUDIT_BROKEN: {
    exitCode: 9,
    status: 409,
    hint: 'Compare with an export made before; see docs/security.md.',
  },
  IOT_INTERNAL: {exitCode: 1, status: 500, hint: 'This is a bug in iotctl; see `iotctl logs`.'},
} as const satisfies Record<`IOT_${string}`, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(ERRORS, text);

/** An expected failure: shown as message and hint, without a stack. Anything else is a bug. */
export class IotctlError extends Error {
  override readonly name = 'IotctlError';

  /** For how long trying again is useless, in seconds. */
  readonly retryAfterSec: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions & {readonly retryAfterSec?: number | undefined},
  ) {
    super(message, options);
    this.retryAfterSec = options?.retryAfterSec;
  }

  get exitCode(): number {
    return ERRORS[this.code].exitCode;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get hint(): string {
    return ERRORS[this.code].hint;
  }
}
