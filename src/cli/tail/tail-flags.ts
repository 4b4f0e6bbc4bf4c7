/** Which events `tail` shows, and how. */
import * as Flags from '@oclif/core/flags';
import {parseShare} from '../share-input.js';
import {durationFlag} from '../time-flags.js';
import {RATES} from './event-rate.js';
import {parseTemplate, type Template} from './template.js';

export const FILTER_FLAGS = {
  where: Flags.string({
    helpValue: '<expression>',
    description:
      'only events for which this holds, such as \'temperature > 30 && labels.site == "oslo"\' (CEL) [default: all]',
  }),
  exclude: Flags.string({
    helpValue: '<expression>',
    description: 'not the events for which this holds [default: none]',
  }),
  sample: Flags.custom<number>({parse: async text => parseShare(text), helpValue: '<percent>'})({
    description: 'only so many of the events, such as 10%; always the same ones [default: 100%]',
  }),
};

const templateFlag = Flags.custom<Template>({
  parse: async text => parseTemplate(text),
  helpValue: '<text>',
});

const DECODINGS = ['auto', 'cbor', 'senml', 'sparkplug', 'hex'] as const;

export const SHOW_FLAGS = {
  decode: Flags.option({
    options: DECODINGS,
    description:
      'what payloads that are not plain JSON say; auto tries one format after the other [default: as they are]',
  })(),
  template: templateFlag({
    description:
      "how a line reads, whatever --output says: '{{time}} {{device}} {{data.temperature}}' [default: as a table does]",
    exclusive: ['rate'],
  }),
  rate: Flags.option({
    options: Object.keys(RATES) as (keyof typeof RATES)[],
    description: 'how many events a second there are, instead of the events, by this',
  })(),
  every: durationFlag({
    description: 'how often --rate tells',
    default: 2000,
    defaultHelp: async () => '2s',
  }),
};
