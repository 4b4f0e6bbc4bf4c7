import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {BenchCommand} from '../../cli/load/bench-command.js';
import {brokerFlags} from '../../cli/load/broker-flags.js';
import {clientFlags} from '../../cli/load/client-flags.js';
import {endToEnd} from '../../cli/load/end-to-end.js';
import {type CommonPlan, commonPlan} from '../../cli/load/plan-input.js';
import {endToEndTopic, payloadFor} from '../../cli/load/platform-topics.js';
import {
  DURATION_MS,
  KEEP_ALIVE_SEC,
  PAYLOAD_BYTES,
  PRESETS,
  type Preset,
  presetNames,
  SHARE_GROUP,
  SUITE,
  scaled,
} from '../../cli/load/presets.js';
import {reportFlags} from '../../cli/load/report-flags.js';
import {durationFlag} from '../../cli/time-flags.js';
import {IotctlError} from '../../domain/errors.js';
import type {LoadPlan} from '../../sim/load/plan.js';
import type {RunReport} from '../../sim/measure/run-report.js';

const {url, username, password, ca, cert, key, identities, 'client-id': clientId} = brokerFlags;

export default class BenchPreset extends BenchCommand {
  static override summary = 'Run a load test of the Open MQTT Benchmark Suite.';

  static override description =
    `The cases are those of https://github.com/emqx/mqttbs, with their clients, rates, QoS, keep-alive and payloads; \`bench presets\`
lists them. The report tells of the machine, the versions and the limits, as the suite asks for. A case that this machine cannot hold is
refused before it starts; --scale makes it smaller, and the report says so.`;

  static override examples = [
    '<%= config.bin %> bench preset p2p-1K-1K-1K-1K --url mqtt://127.0.0.1:1883 --scale 0.1 --duration 3s',
    '<%= config.bin %> bench preset conn-tcp-10K-100 --summary md:conn.md',
  ];

  static override args = {
    name: Args.string({required: true, options: presetNames, description: 'the case'}),
  };

  static override flags = {
    scale: Flags.string({default: '1', description: 'so many times its clients and rates, such as 0.1'}),
    duration: durationFlag({
      default: DURATION_MS,
      defaultHelp: async () => '30m',
      description: 'how long the load lasts',
    }),
    agents: clientFlags.agents,
    source: clientFlags.source,
    ...{url, username, password, ca, cert, key, identities, 'client-id': clientId},
    ...reportFlags,
  };

  async run(): Promise<RunReport> {
    const {args, flags} = await this.parse(BenchPreset);
    const {context, tenant, platform} = await this.where(flags);
    const scale = scaleOf(flags.scale);
    const preset = scaled(PRESETS.find(({name}) => name === args.name)!, scale);
    const common = await commonPlan(
      {
        ...flags,
        'protocol-version': preset.protocolVersion === 5 ? '5' : '4',
        'connect-rate': preset.kind === 'conn' ? preset.connectPerSec : CONNECTS_PER_SEC,
        start: 1,
        'keep-alive': KEEP_ALIVE_SEC,
        'clean-start': true,
        reconnect: true,
        'reconnect-max': RECONNECT_MAX_MS,
      },
      context,
    );
    const plan = planOf(preset, common, {durationMs: flags.duration, tenant});
    const options = {suite: SUITE, preset: args.name, scale, durationMs: flags.duration};
    return this.bench(`bench preset ${args.name}`, {plan, options, context, platform}, flags);
  }
}

/** The suite does not say how fast publishers and subscribers connect. */
const CONNECTS_PER_SEC = 1000;
const RECONNECT_MAX_MS = 30_000;
const INFLIGHT = 20;
const TOPIC = 'test/{i}';
const DRAIN_MS = 10_000;
const LATE_AFTER_MS = 5000;

function scaleOf(text: string): number {
  const scale = Number(text);
  if (Number.isFinite(scale) && scale > 0 && scale <= 100) return scale;
  throw new IotctlError(
    'IOT_USAGE',
    `--scale ${JSON.stringify(text)}: expected a number above 0, such as 0.1`,
  );
}

/** On a platform publishers are devices, which say readings: it takes no 16 bytes of anything for telemetry. */
function planOf(
  preset: Preset,
  common: CommonPlan,
  {durationMs, tenant}: {readonly durationMs: number; readonly tenant: string | undefined},
): LoadPlan {
  const topic = tenant === undefined ? TOPIC : endToEndTopic(tenant);
  const ends = {durationMs, drainMs: DRAIN_MS, lateAfterMs: LATE_AFTER_MS, seed: 1};
  if (preset.kind === 'conn')
    return {...common, ...ends, idle: preset.clients, publish: null, subscribe: null};
  const {pattern, publishers, subscribers, ratePerSec} = preset;
  return endToEnd({
    ...common,
    ...ends,
    pattern,
    group: SHARE_GROUP,
    subscribers,
    publish: {
      clients: publishers,
      topic,
      qos: 1,
      retain: false,
      inflight: INFLIGHT,
      payload: tenant === undefined ? {kind: 'size', bytes: PAYLOAD_BYTES} : payloadFor(topic, tenant),
      rate: {startPerSec: ratePerSec, stages: [{durationMs, ratePerSec}]},
      jitterMs: 0,
      count: null,
    },
  });
}
