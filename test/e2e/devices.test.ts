/** docs/devices.md: how devices are made, described, taken out of service, brought back, and retired. */
import {testPage} from '../support/test-page.js';

testPage({
  page: 'devices.md',
  tools: ['mosquitto_pub'],
  packages: ['mqtt'],
  expected: {
    'A platform': ['mqtt://127.0.0.1:12883'],
    'Making and describing': [
      /pump-7 .*site=oslo/,
      /lamp-1/,
      'is at version 2, not 1: since then changed: labels.site by token:admin',
      'exit code 5',
    ],
    Finding: [
      /pump-7 .*site=bergen/,
      /lamp-1 .*oslo\nlamp-2 .*bergen/,
      /DEVICES +0/,
      'where, character 9: expected one of',
      'exit code 2',
    ],
    Connecting: [/STATE +succeeded/, /RESULT +.*"to":40/],
    'What kind of device': [
      /lamp@1 +applied/,
      'dim of lamp@1: argument to is not between 0 and 100',
      'exit code 2',
      /"dataschema":"urn:iotctl:default:lamp:1","modelfault":"out-of-range:power"/,
      'metrics.power.max  was 60 and is 40',
      'exit code 9',
      /lamp@2 +applied/,
    ],
    Maintenance: [/maintenance/, 'IOT_DEVICE_MAINTENANCE', 'exit code 5', /STATE +succeeded/, /enabled/],
    'Keeping a device out': [
      /ADMIN REASON +stolen \(token:admin\)/,
      /END REASON +kicked/,
      /adminState: enabled → disabled: stolen/,
      'IOT_DEVICE_STATE',
      'it can be told to quarantine or release, not to enable',
    ],
    Tampering: [/ON TAMPER +quarantine/, /HEALTH +ok/, /HEALTH REASON +cover replaced \(token:admin\)/],
    'Devices behind a field gateway': [/"via":"gateway-1"/, /"source":"\/t\/default\/d\/sensor-1"/],
    'Many at once': [/meter-200 +maintain/, '201', '200 devices were done already: maintained.ndjson'],
    'A fleet as a file': [
      '2 would be created, 0 updated; 1 are as the file says already',
      '2 created, 0 updated',
      /gate-1 +device +labels.floor +3 +1/,
      'exit code 9',
      '0 created, 1 updated; 2 are as the file says already',
    ],
    'The story of a device': [/adminState: quarantined → enabled: was our own test/, /disabled +stolen/],
    'The end': [
      /lamp-1 .*retired/,
      /pump-7 .*purged/,
      /left_of_it\s+0/,
      /lamp-1@default/,
      /device:retire/,
      /STATE +stopped/,
    ],
  },
});
