/** docs/consumers.md: events that go out by themselves. */
import {testPage} from '../support/test-page.js';

testPage({
  page: 'consumers.md',
  tools: ['node'],
  expected: {
    'A webhook': [/"type":"telemetry"/],
    'What is refused': [/it answered 422/, /billing +webhook +http:\/\/127.0.0.1:18977\/events +running/],
    'Files, commands, another broker': [/\d{8}T\d+Z-0+\.ndjson\.part/, /^\s*3$/m],
    'Standing still, and going on elsewhere': [
      /STATE +running/,
      /ID +lake\nACTION +deleted/,
      /ID +lake\nACTION +files removed\nFILES +[1-9]/,
      /STATE +stopped/,
    ],
  },
  never: {'A webhook': ['whsec_']},
});
