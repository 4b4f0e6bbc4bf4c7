/** docs/provisioning.md: how a device in the field gets its first credential. */
import {testPage} from '../support/test-page.js';

testPage({
  page: 'provisioning.md',
  tools: ['curl', 'openssl', 'mosquitto_pub'],
  packages: ['mqtt'],
  expected: {
    'A platform, and a technician': ['https://127.0.0.1:14443', /thermostat@1 +applied/],
    'A claim code': ['IOT_FORBIDDEN', 'exit code 6'],
    'On a phone': ['Connect a device</h1>'],
    'A device with a secret': ['IOT_CLAIM_REFUSED', 'IOT_CLAIM_USED'],
    'A device with a certificate': ['The code is shown this once'],
    'A device that reads the QR code': ['thermostat-3 is here'],
    'Letting go, and claiming again': [
      'IOT_DEVICE_OWNED',
      'exit code 5',
      '"username":"thermostat-3@default"',
    ],
    'Devices that nobody stands by': ['"retryAfterSec"', /thermostat-9 +line-7 +waiting/, /approved/],
    'A device without HTTP': ['The code is shown this once'],
    'The end': [
      /thermostat-A4711 +thermostat +active/,
      /thermostat-2 +thermostat +active/,
      /thermostat-3 +thermostat +provisioned/,
      /thermostat-4 +thermostat +active/,
      /thermostat-9 +thermostat +active/,
      /STATE +stopped/,
    ],
  },
});
