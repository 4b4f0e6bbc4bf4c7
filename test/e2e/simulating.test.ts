/** docs/simulating.md: devices of each kind, scenarios with faults, time that passes faster, and replays, on a platform. */
import {testPage} from '../support/test-page.js';

testPage({
  page: 'simulating.md',
  tools: [],
  expected: {
    'Running devices': [
      /20 of 20 connected/,
      /sent +200 /,
      /acknowledged +200 /,
      /puback.p99<5s .*held/,
      /temperature +\d+/,
      /5 of 5 connected/,
    ],
    Scenarios: [
      /cold-chain-tracker +10 /,
      /FAULTS +reconnect-storm, once, after 15s/,
      'office.yaml can be run',
      /8 of 8 connected/,
      '"fault":"stuck-value"',
    ],
    Time: [/sent +2,016 /, /acknowledged +2,016 /, /sent +1,200 /, /sent +7,200 /],
    Replay: [/sent +4 /, /acknowledged +4 /, /STATE +stopped/],
  },
});
