import * as Flags from '@oclif/core/flags';
import {toQos} from '../../cli/broker-flags.js';
import {BenchCommand} from '../../cli/load/bench-command.js';
import {brokerFlags} from '../../cli/load/broker-flags.js';
import {clientFlags, devicesFlag} from '../../cli/load/client-flags.js';
import {lateAfterFlag, qosLoadFlag} from '../../cli/load/message-flags.js';
import {commonPlan} from '../../cli/load/plan-input.js';
import {subscribeFilter} from '../../cli/load/platform-topics.js';
import {durationLoadFlag} from '../../cli/load/rate-flags.js';
import {reportFlags} from '../../cli/load/report-flags.js';
import {optionsOf} from '../../cli/load/run-options.js';
import type {RunReport} from '../../sim/measure/run-report.js';

export default class BenchSub extends BenchCommand {
  static override summary = 'Subscribe with many clients, and count what comes.';

  static override description =
    `Messages of \`bench pub\` with the same --run and on the same machine are recognised: then latencies and gaps are measured as well.`;

  static override examples = [
    `<%= config.bin %> bench sub --url mqtt://127.0.0.1:1883 --devices 10 --filter 'bench/#' --duration 5s`,
    `<%= config.bin %> bench sub --devices 5 --filter '$share/g/bench/#' --run r1 --count 10000 --duration 0s`,
  ];

  static override flags = {
    devices: devicesFlag('subscribers'),
    filter: Flags.string({
      char: 'f',
      multiple: true,
      multipleNonGreedy: true,
      description:
        'the topics that each subscribes to; $share/GROUP/… shares them [default: bench/#; on a platform what devices say]',
      helpGroup: 'LOAD',
    }),
    qos: qosLoadFlag,
    duration: durationLoadFlag,
    count: Flags.integer({
      min: 1,
      description: 'end after so many messages [default: no limit]',
      helpGroup: 'LOAD',
    }),
    'late-after': lateAfterFlag,
    ...brokerFlags,
    ...clientFlags,
    ...reportFlags,
  };

  async run(): Promise<RunReport> {
    const {flags} = await this.parse(BenchSub);
    const {context, tenant, platform} = await this.where(flags);
    const plan = {
      ...(await commonPlan(flags, context)),
      idle: 0,
      publish: null,
      subscribe: {
        clients: flags.devices,
        qos: toQos(flags.qos),
        filters: flags.filter ?? [subscribeFilter(tenant)],
        share: 'any' as const,
        count: flags.count ?? null,
      },
      durationMs: flags.duration === 0 ? null : flags.duration,
      drainMs: 0,
      lateAfterMs: flags['late-after'],
      seed: 1,
    };
    return this.bench('bench sub', {plan, options: optionsOf(flags), context, platform}, flags);
  }
}
