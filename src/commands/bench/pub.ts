import {adapted, adaptiveFlags} from '../../cli/load/adaptive-flags.js';
import {BenchCommand} from '../../cli/load/bench-command.js';
import {brokerFlags} from '../../cli/load/broker-flags.js';
import {clientFlags, devicesFlag, keepFlag} from '../../cli/load/client-flags.js';
import {messageFlags} from '../../cli/load/message-flags.js';
import {commonPlan, durationOf} from '../../cli/load/plan-input.js';
import {publishTopic} from '../../cli/load/platform-topics.js';
import {publishersOf} from '../../cli/load/publishers-input.js';
import {rateFlags} from '../../cli/load/rate-flags.js';
import {reportFlags} from '../../cli/load/report-flags.js';
import {optionsOf} from '../../cli/load/run-options.js';
import type {RunReport} from '../../sim/measure/run-report.js';

export default class BenchPub extends BenchCommand {
  static override summary = 'Publish at a rate, and measure how long the broker takes to acknowledge.';

  static override description =
    `Latencies count from when a message was due, not from when it could be sent: a broker that makes publishers wait does not look
fast. With --rate max there is no schedule, and latencies are those of the service alone.

Exit code 0 when everything was sent and acknowledged, 9 when not or when a threshold was missed, 3 when nobody could connect, 6 when
the broker refused everybody.`;

  static override examples = [
    '<%= config.bin %> bench pub --url mqtt://127.0.0.1:1883 --devices 10 --rate 1000 --duration 3s',
    `<%= config.bin %> bench pub --devices 100 --stage 10s:500 --stage 20s:500 --threshold 'puback.p99<50ms'`,
    `<%= config.bin %> bench pub --devices 50 --adaptive --rate 1000 --threshold 'puback.p99<20ms'`,
    `<%= config.bin %> bench pub --devices 1000 --interval 10s --jitter 20% --payload '{"n":{seq},"t":{float 18 24}}'`,
  ];

  static override flags = {
    devices: devicesFlag('publishers'),
    ...rateFlags,
    ...adaptiveFlags,
    ...messageFlags,
    ...brokerFlags,
    ...clientFlags,
    keep: keepFlag,
    ...reportFlags,
  };

  async run(): Promise<RunReport> {
    const {flags, metadata} = await this.parse(BenchPub);
    const {context, tenant, platform} = await this.where(flags);
    const topic = flags.topic ?? publishTopic(tenant);
    const plan = {
      ...(await commonPlan(flags, context)),
      idle: 0,
      publish: await publishersOf(flags, {clients: flags.devices, topic, tenant}),
      subscribe: null,
      durationMs: durationOf(flags),
      drainMs: flags.drain,
      lateAfterMs: Infinity,
      seed: flags.seed,
    };
    return this.bench(
      'bench pub',
      {plan: adapted(plan, flags, metadata), options: optionsOf(flags), context, platform},
      flags,
    );
  }
}
