import * as Flags from '@oclif/core/flags';
import {toQos} from '../../cli/broker-flags.js';
import {BenchCommand} from '../../cli/load/bench-command.js';
import {brokerFlags} from '../../cli/load/broker-flags.js';
import {clientFlags, devicesFlag, keepFlag} from '../../cli/load/client-flags.js';
import {commandsOf} from '../../cli/load/command-input.js';
import {qosLoadFlag} from '../../cli/load/message-flags.js';
import {commonPlan, durationOf, rateOfFlags} from '../../cli/load/plan-input.js';
import {rateFlags} from '../../cli/load/rate-flags.js';
import {reportFlags} from '../../cli/load/report-flags.js';
import {optionsOf} from '../../cli/load/run-options.js';
import {durationFlag} from '../../cli/time-flags.js';
import type {RunReport} from '../../sim/measure/run-report.js';

const {rate, stage, duration, count} = rateFlags;

export default class BenchCmd extends BenchCommand {
  static override summary = 'Send commands to devices that answer at once, and measure the round trip.';

  static override description =
    `On a platform, devices are made for the run and subscribe to me/cmd/#; commands go through its HTTP API, as \`cmd send --wait\`
sends them. On any other broker they go to a topic of each device, and answers come back by response topic and correlation data; with
MQTT 3.1.1, which has neither, by a topic that both sides know and the payload.

Latency counts from when a command was due. One without an answer in time is a failure; so is each that its device or the platform
refused, by its reason.`;

  static override examples = [
    '<%= config.bin %> bench cmd --url mqtt://127.0.0.1:1883 --devices 10 --rate 500 --duration 3s',
    `<%= config.bin %> bench cmd --devices 50 --rate 100 --threshold 'cmd.p99<100ms' --threshold 'failures==0'`,
  ];

  static override flags = {
    devices: devicesFlag('devices that answer'),
    requesters: Flags.integer({
      min: 1,
      max: 10_000,
      default: 1,
      description: 'how many send commands, each to one device after the other',
      helpGroup: 'CLIENTS',
    }),
    rate: {
      ...rate,
      exclusive: [],
      description:
        'commands per second of all requesters together; max: as fast as they are answered [default: one per second for each device]',
    },
    stage,
    duration,
    count,
    inflight: Flags.integer({
      min: 1,
      max: 65_535,
      default: 100,
      description: 'commands of one requester that are open at a time, at most',
      helpGroup: 'LOAD',
    }),
    timeout: durationFlag({
      default: 10_000,
      defaultHelp: async () => '10s',
      description: 'how long to wait for an answer',
      helpGroup: 'LOAD',
    }),
    qos: qosLoadFlag,
    topic: Flags.string({
      char: 't',
      description: 'the topic of each device, with {i}, {client} and {run} [default: bench/{run}/{i}/cmd]',
      helpGroup: 'LOAD',
    }),
    payload: Flags.string({
      description: 'the size of commands over topics, such as 16 or 1KB [default: 16]',
      helpValue: 'SIZE',
      helpGroup: 'LOAD',
    }),
    command: Flags.string({
      description: 'on a platform: the name of the command [default: ping]',
      helpGroup: 'LOAD',
    }),
    data: Flags.string({
      // `IOTCTL_DATA` is the folder of `up`.
      env: '',
      description: 'on a platform: the arguments of the command, as JSON [default: none]',
      helpGroup: 'LOAD',
    }),
    ...brokerFlags,
    ...clientFlags,
    keep: keepFlag,
    ...reportFlags,
  };

  async run(): Promise<RunReport> {
    const {flags} = await this.parse(BenchCmd);
    const {context, tenant, platform} = await this.where(flags);
    const command = {
      ...(await commandsOf(flags, tenant === undefined ? undefined : context)),
      ...rateOfFlags(flags, flags.devices),
      clients: flags.requesters,
      devices: flags.devices,
      inflight: flags.inflight,
      timeoutMs: flags.timeout,
      qos: toQos(flags.qos),
      count: flags.count ?? null,
    };
    const plan = {
      ...(await commonPlan(flags, context)),
      idle: 0,
      publish: null,
      subscribe: null,
      command,
      durationMs: durationOf(flags),
      drainMs: flags.timeout + GRACE_MS,
      lateAfterMs: Infinity,
      seed: 1,
    };
    return this.bench('bench cmd', {plan, options: optionsOf(flags), context, platform}, flags);
  }
}

/** So long after the timeout, whatever was sent is answered, or has failed. */
const GRACE_MS = 1000;
