/** docs/access.md: how a team, its customers, its devices and its programs each get what they need and no more. */
import {type PageTest, testPage} from '../support/test-page.js';

const expected: PageTest['expected'] = {
  'A platform with TLS': [/CA FINGERPRINT +([0-9A-F]{2}:){31}[0-9A-F]{2}/, 'mqtts://127.0.0.1:18883'],
  'A second person': [
    /SUBJECT +user:alice/,
    /ROLES +operator/,
    /ALLOWED +yes/,
    /ALLOWED +no/,
    'no role of this caller has device:retire',
    'exit code 6',
    'logged out',
    /user:alice +analyst/,
  ],
  'A token that can do one thing': ['pump-9', 'this token is not made for event:read', 'exit code 6'],
  'A customer who sees their own devices only': ['pump-7', '{"temperature":21.5}', 'exit code 4'],
  'A technician': ['pump-10@default', 'unprovisioned devices only', 'exit code 6'],
  'A service account, for CI': [/^pump-7$/m, 'IOT_UNAUTHENTICATED', 'exit code 6'],
  'Applications over MQTT': ['{"temperature":22}'],
  'A new secret for a device': [/works until \d{4}-/, /secret +\d{4}-/],
  'A device with a certificate': [
    'certificates/pump-11.chain.pem',
    'renewed/pump-11.cert.pem',
    'refused',
    /Serial Number: [0-9A-F]{32}/,
  ],
  'Signed tokens, and keys of a group': [/(?:1 published to me\/telemetry, 1 acknowledged.*){2}/s],
  'A second tenant': [
    'no device "pump-7" in tenant acme',
    'IOT_QUOTA_EXCEEDED',
    'exit code 5',
    'tenant acme is suspended: unpaid since March',
    'exit code 6',
  ],
  'Breaking the glass': ['a-1', /tenant:enter +token\/break-glass-/, /tenant:enter +tenant\/acme/],
  'From another machine': [
    'answered at https://127.0.0.1:18443',
    'IOT_CONTEXT_READ_ONLY',
    'IOT_CONTEXT_PROTECTED',
  ],
  'Keeping someone out': ['refused', 'stolen from the site', 'removed'],
  'Who did what': [/user:alice +device:retire/, /VERDICT +intact/, /VERDICT +changed/, 'exit code 9'],
  'A token leaked': ['IOT_UNAUTHENTICATED', 'exit code 6', 'token:stock', /STATE +stopped/],
};

/** Devices of others. */
const never: PageTest['never'] = {
  'A customer who sees their own devices only': ['30.5', 'pump-9  ', '\npump-9\n'],
};

testPage({
  page: 'access.md',
  tools: ['mosquitto_pub', 'mosquitto_sub', 'openssl'],
  expected,
  never,
  contexts: ['root', 'local'],
});
