/** docs/history.md: how long data is kept, where, and how it leaves. */
import {testPage} from '../support/test-page.js';

testPage({
  page: 'history.md',
  tools: [],
  expected: {
    'A platform with a past': [/8 +4/],
    Retention: [
      /typed +7 +365/,
      /raw +7 +53687091200/,
      /audit +730/,
      // Two metrics of two days in `readings`, an event of three days; the oldest day of readings goes.
      /ARCHIVED ROWS +7\n.*PARTS +0\nDELETED ROWS +2/,
      /ARCHIVED ROWS +7\n.*PARTS +5\nDELETED ROWS +2/,
    ],
    'One table': [
      /false +4\ntrue +2/,
      /OLDEST|oldest\n +40/,
      /tenant=default\/table=events\/day=\d{4}-\d\d-\d\d\/part/,
      /ARCHIVE +7 rows in 5 files/,
      /FILES +5\nSIZE .*\nUNKNOWN +0\nFAULTS +0/,
    ],
    Export: [
      /readings +3 +6 +3 +0/,
      /history\/events\/tenant=default\/day=\d{4}-\d\d-\d\d\/data\.parquet/,
      /readings +3 +7 +1 +2/,
      /time,device,component,metric,value,offset\n\d{4}-\d\d-\d\dT[\d:.]+Z,meter-1,/,
    ],
    Erasure: [/left_over\n +0/, /purge/, /ok|whole/i, /readings +0 +0 +0 +0/],
    'The end': [/STATE +stopped/],
  },
});
