/** The flags with which load tests say what is sent, and when it is late. */
import * as Flags from '@oclif/core/flags';
import {durationFlag} from '../time-flags.js';

const LOAD = 'LOAD';

export const qosLoadFlag = Flags.option({
  options: ['0', '1', '2'] as const,
  default: '1' as const,
  description: 'quality of service: 0 at most once, 1 at least once, 2 exactly once',
  helpGroup: LOAD,
})();

export const messageFlags = {
  qos: qosLoadFlag,
  topic: Flags.string({
    char: 't',
    description:
      'the topics, with {i}, {client}, {device}, {username}, {run} and {seq} [default: bench/{run}/{i}; on a platform me/telemetry, or what devices say]',
    helpGroup: LOAD,
  }),
  payload: Flags.string({
    description:
      'a size such as 16 or 1KB, a text with variables such as {"n":{seq},"v":{random 1 9}}, or @FILE with one [default: 16; on a platform a small reading]',
    exclusive: ['model', 'file'],
    helpGroup: LOAD,
  }),
  file: Flags.string({
    description: 'send this file as it is',
    exclusive: ['model'],
    helpValue: 'FILE',
    helpGroup: LOAD,
  }),
  model: Flags.string({
    description: 'send what devices of this model say: a name of templates/models, or a file',
    helpValue: 'NAME|FILE',
    helpGroup: LOAD,
  }),
  seed: Flags.integer({
    default: 1,
    description: 'the same seed gives the same random numbers',
    helpGroup: LOAD,
  }),
  retain: Flags.boolean({
    char: 'r',
    description: 'let the broker keep the last message of each topic',
    helpGroup: LOAD,
  }),
  'user-property': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'NAME=VALUE with each message; MQTT 5',
    helpValue: 'NAME=VALUE',
    helpGroup: LOAD,
  }),
  'message-expiry': durationFlag({
    description: 'how long the broker may keep a message; MQTT 5 [default: for ever]',
    helpGroup: LOAD,
  }),
  'content-type': Flags.string({
    description: 'the content type of messages; MQTT 5 [default: none]',
    helpGroup: LOAD,
  }),
  'payload-format': Flags.option({
    options: ['bytes', 'utf8'] as const,
    description: 'utf8 says of each message that it is text; MQTT 5 [default: nothing is said]',
    helpGroup: LOAD,
  })(),
  'response-topic': Flags.string({
    description: 'the response topic of messages; MQTT 5 [default: none]',
    helpGroup: LOAD,
  }),
};

export const lateAfterFlag = durationFlag({
  default: 5000,
  defaultHelp: async () => '5s',
  description: 'a message that comes so long after it was due is late',
  helpGroup: LOAD,
});
