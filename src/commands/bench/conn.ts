import {BenchCommand} from '../../cli/load/bench-command.js';
import {brokerFlags} from '../../cli/load/broker-flags.js';
import {clientFlags, devicesFlag, keepFlag} from '../../cli/load/client-flags.js';
import {commonPlan} from '../../cli/load/plan-input.js';
import {durationLoadFlag} from '../../cli/load/rate-flags.js';
import {reportFlags} from '../../cli/load/report-flags.js';
import {optionsOf} from '../../cli/load/run-options.js';
import type {RunReport} from '../../sim/measure/run-report.js';

export default class BenchConn extends BenchCommand {
  static override summary = 'Open connections at a rate, hold them, and measure how long each took.';

  static override description =
    `How long TCP, TLS and CONNACK take is told apart; connect is the whole of it, from when the connection was due. Each refused or
broken connection is counted by its reason, and makes the exit code 9.`;

  static override examples = [
    '<%= config.bin %> bench conn --url mqtt://127.0.0.1:1883 --devices 1000 --connect-rate 500 --duration 5s',
    `<%= config.bin %> bench conn --devices 15000 --connect-rate 8000 --threshold 'connect.p99<1s' --threshold 'connected>=15000'`,
  ];

  static override flags = {
    devices: devicesFlag('connections'),
    duration: durationLoadFlag,
    ...brokerFlags,
    ...clientFlags,
    keep: keepFlag,
    ...reportFlags,
  };

  async run(): Promise<RunReport> {
    const {flags} = await this.parse(BenchConn);
    const {context, platform} = await this.where(flags);
    const plan = {
      ...(await commonPlan(flags, context)),
      idle: flags.devices,
      publish: null,
      subscribe: null,
      durationMs: flags.duration === 0 ? null : flags.duration,
      drainMs: 0,
      lateAfterMs: Infinity,
      seed: 1,
    };
    return this.bench('bench conn', {plan, options: optionsOf(flags), context, platform}, flags);
  }
}
