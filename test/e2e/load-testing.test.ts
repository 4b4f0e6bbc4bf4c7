/** docs/load-testing.md: a broker that nobody here wrote, loaded, measured and judged. */
import {testPage} from '../support/test-page.js';

testPage({
  page: 'load-testing.md',
  tools: ['mosquitto'],
  expected: {
    'The commands': [/500 of 500 connected/, /1,000 of 1,000, 0 lost, 0 duplicated/, /lost==0 +0 +held/],
    Rates: [/acknowledged +800 /, /sent +(7\d|80) /],
    'Topics and payloads': [/acknowledged +50 /],
    'Against iotctl itself': [/acknowledged +1,000 /, /delivered +200 of 200, 0 lost/, /STATE +stopped/],
    Presets: ['sharedsub-50K-500-50K-50K', /delivered +40 of 40, 0 lost/],
    Thresholds: [/e2e.p99<1us .*missed/, 'exit code 9', /^2$/m],
    'Comparing runs': [/bench e2e +nightly/, /METRIC +BEFORE +AFTER/, 'e2e.p99'],
    'Command round trips': [/commands +200 of 200 answered/],
    'Before it starts': [/"fits": ?\d+/],
    'Several processes and machines': [/delivered +500 of 500, 0 lost, 0 duplicated/],
    'The end': [],
  },
});
