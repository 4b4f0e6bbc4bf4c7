import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {confirm} from '../../cli/confirm.js';
import {deleteKeptRun, findKeptId} from '../../cli/load/kept-runs.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';

export default class BenchDelete extends IotctlCommand {
  static override summary = 'Delete the reports of runs that are kept on this machine.';

  static override examples = ['<%= config.bin %> bench delete 20260131-120000-3fa2c1 --yes'];

  static override strict = false;

  static override args = {
    run: Args.string({required: true, description: 'ids of kept runs, or their beginnings or names'}),
  };

  static override flags = {
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
  };

  async run(): Promise<readonly PlannedStep[]> {
    const {argv, flags} = await this.parse(BenchDelete);
    const ids = await Promise.all((argv as string[]).map(findKeptId));
    if (flags['dry-run'])
      return this.print(
        ids.map(id => ({id, action: 'delete'})),
        PLAN_COLUMNS,
      );
    if (!flags.yes) await confirm(`Delete ${ids.length === 1 ? `run ${ids[0]}` : `${ids.length} runs`}?`);
    await Promise.all(ids.map(deleteKeptRun));
    return this.print(
      ids.map(id => ({id, action: 'deleted'})),
      PLAN_COLUMNS,
    );
  }
}
