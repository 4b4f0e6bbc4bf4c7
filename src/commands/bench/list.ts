import * as Flags from '@oclif/core/flags';
import {toned} from '../../cli/cell.js';
import {IotctlCommand} from '../../cli/command.js';
import {keptIds, keptRun} from '../../cli/load/kept-runs.js';
import type {Columns} from '../../cli/output.js';
import {say} from '../../cli/stdout.js';
import {timeFlag} from '../../cli/time-flags.js';
import {countText, latencyText} from '../../sim/measure/metric-text.js';
import type {RunReport} from '../../sim/measure/run-report.js';

/** What a list says of a run; `bench show` has the rest. */
type ListedRun = Pick<
  RunReport,
  'id' | 'kind' | 'name' | 'startedAt' | 'durationMs' | 'ending' | 'clients' | 'failures'
> & {
  readonly messagesPerSec: number;
  readonly lost: number | null;
  readonly ok: boolean;
};

const COLUMNS: Columns<ListedRun> = {
  id: run => run.id,
  kind: run => run.kind,
  name: run => run.name,
  started: run => new Date(run.startedAt),
  duration: run => latencyText(run.durationMs),
  clients: run => countText(run.clients.connected),
  rate: run => `${countText(run.messagesPerSec)}/s`,
  failures: run => run.failures.total,
  lost: run => run.lost,
  ended: run => run.ending.state,
  result: run => (run.ok ? toned('ok', 'good') : toned('not ok', 'bad')),
};

export default class BenchList extends IotctlCommand {
  static override summary = 'List the runs that are kept on this machine, the newest first.';

  static override description =
    'The newest hundred are kept, in $XDG_STATE_HOME/iotctl/runs (default ~/.local/state), one JSON file each.';

  static override examples = [
    '<%= config.bin %> bench list',
    "<%= config.bin %> bench list --kind 'bench pub' --since 7d --output json",
  ];

  static override flags = {
    kind: Flags.string({description: "only runs of this command, such as 'bench pub' or 'sim run'"}),
    name: Flags.string({description: 'only runs that were given this name'}),
    since: timeFlag({description: 'only runs that began after this time'}),
    failed: Flags.boolean({description: 'only runs that were no success'}),
    limit: Flags.integer({min: 1, default: 20, description: 'how many runs at most'}),
  };

  async run(): Promise<readonly ListedRun[]> {
    const {flags} = await this.parse(BenchList);
    const {kind, name, since, failed, limit} = flags;
    const runs: ListedRun[] = [];
    for await (const run of readable(await keptIds())) {
      if (since !== undefined && run.startedAt < since) break;
      const wanted =
        (kind === undefined || run.kind === kind) &&
        (name === undefined || run.name === name) &&
        (!failed || !run.verdict.ok);
      if (wanted && runs.push(listed(run)) >= limit) break;
    }
    return this.print(runs, COLUMNS);
  }
}

/** A file that is no report is named, and does not hide the others. */
async function* readable(ids: readonly string[]): AsyncGenerator<RunReport> {
  for (const id of ids) {
    try {
      const run = await keptRun(id);
      if (run !== undefined) yield run;
    } catch (error) {
      say(`Warning: ${(error as Error).message}`);
    }
  }
}

function listed(run: RunReport): ListedRun {
  const {id, kind, name, startedAt, durationMs, ending, clients, failures, counters, delivery, verdict} = run;
  const messagesPerSec = Math.max(counters.sent.ratePerSec, counters.received.ratePerSec);
  return {
    id,
    kind,
    name,
    startedAt,
    durationMs,
    ending,
    clients,
    failures,
    messagesPerSec,
    lost: delivery?.lost ?? null,
    ok: verdict.ok,
  };
}
