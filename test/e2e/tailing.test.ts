/** docs/tailing.md: which events are shown, and how. */
import {testPage} from '../support/test-page.js';

testPage({
  page: 'tailing.md',
  tools: ['curl', 'openssl'],
  expected: {
    'A platform and some events': [
      /T\S+Z {2}- {2}pump-7 {2}telemetry {2}\{"temperature":41,"pressure":2.5\}/,
    ],
    'Only some of them': [
      /lamp-1 {2}telemetry {2}\[\{"temperature":19\}/,
      'no such overload: string > int; device is string',
      'exit code 2',
      /^\d+$/m,
    ],
    'Other shapes': ['lamp-1\t21.5\t2', 'lamp-1\t19\t', 'pump-7\t41\t', /\/s {2}telemetry/],
    'Payloads that are not JSON': ['{"temp":42}'],
    'Doing something with each': [
      'pump-7 is hot: 41',
      '127.0.0.1 is not a public address',
      'exit code 6',
      /^\d+ events, signed/m,
      /\d+ events delivered to http:\/\/127.0.0.1:17070/,
    ],
    'Going on where it ended': [/^3$/m, /^0$/m, /^billing +\d+ +\d+ /m],
    'Recording and replaying': [
      /events recorded in lamp.ndjson/,
      /again-lamp-1 \{.*"motor":\{"speed":2\}/,
      /again-lamp-1 \{.*"temperature":34/,
    ],
    'The end': [/STATE +stopped/],
  },
});
