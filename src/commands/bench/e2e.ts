import * as Flags from '@oclif/core/flags';
import {adapted, adaptiveFlags} from '../../cli/load/adaptive-flags.js';
import {BenchCommand} from '../../cli/load/bench-command.js';
import {brokerFlags} from '../../cli/load/broker-flags.js';
import {clientFlags, devicesFlag, keepFlag} from '../../cli/load/client-flags.js';
import {endToEnd, PATTERNS} from '../../cli/load/end-to-end.js';
import {lateAfterFlag, messageFlags} from '../../cli/load/message-flags.js';
import {commonPlan, durationOf} from '../../cli/load/plan-input.js';
import {endToEndTopic} from '../../cli/load/platform-topics.js';
import {publishersOf} from '../../cli/load/publishers-input.js';
import {rateFlags} from '../../cli/load/rate-flags.js';
import {reportFlags} from '../../cli/load/report-flags.js';
import {optionsOf} from '../../cli/load/run-options.js';
import type {RunReport} from '../../sim/measure/run-report.js';

export default class BenchE2e extends BenchCommand {
  static override summary =
    'Publish and subscribe in one run: latency from end to end, and every message that was lost, came twice or out of order.';

  static override description =
    `Each message carries who sent it, its number, and when it was due. What a subscriber should have got and did not is lost, and the
report names the very numbers.

  p2p      publisher n sends to subscriber n, or to one of fewer
  fan-in   all publishers send to one subscriber, unless --subscribers says otherwise
  fan-out  every subscriber gets everything
  shared   the subscribers share one subscription ($share)`;

  static override examples = [
    '<%= config.bin %> bench e2e --url mqtt://127.0.0.1:1883 --devices 10 --rate 1000 --duration 3s',
    `<%= config.bin %> bench e2e --pattern fan-out --publishers 1 --subscribers 100 --rate 10 --threshold lost==0`,
    `<%= config.bin %> bench e2e --pattern shared --publishers 100 --subscribers 5 --threshold 'e2e.p99<50ms'`,
  ];

  static override flags = {
    pattern: Flags.option({
      options: PATTERNS,
      default: 'p2p' as const,
      description: 'who gets whose messages',
      helpGroup: 'CLIENTS',
    })(),
    devices: devicesFlag('publishers, and as many subscribers where the pattern does not say otherwise'),
    publishers: Flags.integer({
      min: 1,
      max: 10_000_000,
      description: 'publishers [default: --devices]',
      helpGroup: 'CLIENTS',
    }),
    subscribers: Flags.integer({
      min: 1,
      max: 10_000_000,
      description: 'subscribers [default: --devices; 1 for fan-in]',
      helpGroup: 'CLIENTS',
    }),
    ...rateFlags,
    ...adaptiveFlags,
    ...messageFlags,
    'late-after': lateAfterFlag,
    group: Flags.string({
      default: 'bench',
      description: 'the name of the shared subscription',
      helpGroup: 'LOAD',
    }),
    ...brokerFlags,
    ...clientFlags,
    keep: keepFlag,
    ...reportFlags,
  };

  async run(): Promise<RunReport> {
    const {flags, metadata} = await this.parse(BenchE2e);
    const {context, tenant, platform} = await this.where(flags);
    const topic = flags.topic ?? endToEndTopic(tenant);
    const plan = endToEnd({
      ...(await commonPlan(flags, context)),
      pattern: flags.pattern,
      group: flags.group,
      subscribers: flags.subscribers ?? (flags.pattern === 'fan-in' ? 1 : flags.devices),
      publish: await publishersOf(flags, {clients: flags.publishers ?? flags.devices, topic, tenant}),
      durationMs: durationOf(flags),
      drainMs: flags.drain,
      lateAfterMs: flags['late-after'],
      seed: flags.seed,
    });
    return this.bench(
      'bench e2e',
      {plan: adapted(plan, flags, metadata), options: optionsOf(flags), context, platform},
      flags,
    );
  }
}
