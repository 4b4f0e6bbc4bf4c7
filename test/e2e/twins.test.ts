/** docs/twins.md: what is desired of devices, and what they report. */
import {testPage} from '../support/test-page.js';

testPage({
  page: 'twins.md',
  tools: [],
  packages: ['mqtt'],
  expected: {
    'A platform and a device': ['mqtt://127.0.0.1:13883'],
    'Wanting something': [
      /lamp-1 +pending .*"level":40,"mode":"eco","door":\{"locked":true\}/,
      /STATE +in-sync/,
      /ACKNOWLEDGED +version 1 applied/,
      /REPORTED +.*"fw":"1.4.2"/,
      'lamp-1 reports everything as it is desired (version 1)',
      /TWIN +in sync \(version 1\)/,
      /REASON +brighter than it can be/,
      /level +400 +40/,
      'exit code 9',
    ],
    Versions: [
      'desired of lamp-1 is at version 3, not 2: since then changed: level by token:admin',
      'exit code 5',
      /"\$by": "token:admin"/,
      /twin.desired_changed {2}version 3: \{"level":60\} \(token:admin\)/,
    ],
    'A device that is away': [/STATE +pending/],
    'Tags, and many at once': [/meter-20 +patch desired \{"interval":30\}/, '21'],
    'What a model says of properties': [
      'lamp-1 is of model lamp@1: property level is not between 0 and 100',
      'property fw is not writable',
      'exit code 2',
    ],
    Configurations: [
      /TARGETED +21/,
      /base +every device +1 +1 +complete .* 21 +/,
      /DESIRED +\{.*"level":100/,
      /REASON +lamps flicker \(token:admin\)/,
      /DESIRED +\{"level":70,"mode":"night","interval":30\}/,
      /"level":100\} \(configuration:bright\)/,
    ],
    'The end': [/STATE +stopped/],
  },
});
