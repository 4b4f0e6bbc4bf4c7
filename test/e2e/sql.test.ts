/** docs/sql.md: questions in SQL. */
import {testPage} from '../support/test-page.js';

testPage({
  page: 'sql.md',
  tools: [],
  expected: {
    'A platform and some data': ['mqtt://127.0.0.1:20883', /lamp-1 +22/, /lamp-2 +32/],
    Tables: [
      /devices +labels +MAP\(VARCHAR, VARCHAR\)/,
      /bergen +32/,
      /oslo +22/,
      /lamp-1 +client +true/,
      '{"commands":0}',
    ],
    'Parameters and files': [
      '33',
      'n\r\n2',
      'recent\r\n4',
      'SEQ_SCAN',
      'no value for the parameter $limit',
      'exit code 2',
    ],
    'Formats, and answers of any size': [
      'lamp-1,21\r\nlamp-1,23\r\nlamp-2,31',
      '1000001',
      'range\r\n0',
      '| lamp-2 | 33 |',
      'PAR1',
      'y by x',
    ],
    'Saved queries': [/hot +readings above a limit +limit/, /lamp-2 +31/, 'device,value\r\nlamp-2,33'],
    'The end': [/STATE +stopped|stopped/],
  },
});
