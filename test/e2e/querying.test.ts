/** docs/querying.md: questions about readings, and their answers. */
import {testPage} from '../support/test-page.js';

testPage({
  page: 'querying.md',
  tools: ['node'],
  expected: {
    'A platform and six hours of readings': ['MQTT URL'],
    'In the last 5 minutes, what was the average temperature?': [
      /temperature +5$/m,
      /Complete up to offset \d+/,
    ],
    'By time, by device, by label': [
      /^time +metric +avg +min +max +p95 +count$/m,
      // Readings leave the last six hours while the page is read.
      /fridge-1 +oslo +5 +3[01]\d$/m,
      /^energy +7[01]\d +0\.0333/m,
      /temperature/,
      /^12 \+$/m,
      '* avg   + max',
    ],
    'In the past week, how many times was it out of range for more than ten minutes?': [
      /fridge-1 +29m +11 +\S+Z +30 +value +value/,
      '1 episode of 1 device',
      /fridge-1 +2 +33m +29m/,
      '"endedBy": "value"',
    ],
    'When was something so?': [
      /fridge-1 +29m +11 +\S+Z +30 +value +value/,
      /^fridge-1 +\d+/m,
      'no reading has the metric "temprature": did you mean temperature?',
      'exit code 2',
    ],
    'How soon an answer comes': [/^640$/m],
    'The end': [/STATE +stopped/],
  },
});
