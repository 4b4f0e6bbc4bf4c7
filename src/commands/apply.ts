import * as Flags from '@oclif/core/flags';
import {BulkCommand} from '../cli/bulk-command.js';
import {bulkFlags} from '../cli/bulk-flags.js';
import {FLEET_STEP_COLUMNS} from '../cli/fleet-columns.js';
import {
  applyConfigurations,
  applyModels,
  changesOf,
  checkRun,
  createFleetDevices,
  createGroups,
  type FleetRun,
} from '../cli/fleet-run.js';
import {say} from '../cli/stdout.js';
import type {FleetStep} from '../domain/fleet.js';

export default class Apply extends BulkCommand {
  static override summary =
    'Make models, enrolment groups, devices and configurations what a fleet file says they are.';

  static override description =
    'What is not there is made, what differs is changed, and what the file does not name stays as it is. A field that a device has in the file is the whole of it: labels that are not there go; so is a configuration. Applied again, nothing happens.';

  static override examples = [
    '<%= config.bin %> apply -f fleet.yaml --dry-run',
    '<%= config.bin %> apply -f fleet.yaml --credentials-file new.csv',
  ];

  static override flags = {
    file: Flags.string({
      char: 'f',
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      description: 'a fleet file, YAML or JSON; may be given several times',
    }),
    'credentials-file': Flags.string({
      description:
        'write what new devices log in with to this new .csv or .json file (mode 0600) [default: none]',
    }),
    'group-keys-file': Flags.string({
      description:
        'write the keys of new enrolment groups to this new file (mode 0600), as CSV [default: none]',
    }),
    'allow-breaking': Flags.boolean({
      description: 'apply models even where old devices or queries do not fit',
    }),
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
    workers: bulkFlags.workers,
    'abort-on-errors': bulkFlags['abort-on-errors'],
  };

  async run(): Promise<readonly FleetStep[]> {
    const {flags} = await this.parse(Apply);
    const {FleetFiles} = await import('../client/fleet-file.js');
    const files = await FleetFiles.read(flags.file);
    const api = await this.api();
    const allowBreaking = flags['allow-breaking'];
    const {steps} = await api.fleet.plan(files.fleet, {allowBreaking}).catch((error: unknown) => {
      throw files.located(error);
    });
    const open = steps.filter(({action}) => action !== 'none');
    const run = {
      api,
      fleet: files.fleet,
      steps,
      allowBreaking,
      credentialsFile: flags['credentials-file'],
      groupKeysFile: flags['group-keys-file'],
    };
    if (!flags['dry-run']) {
      checkRun(run);
      await applyModels(run);
      await createGroups(run);
      await createFleetDevices(run);
      await this.#updateDevices(run, flags);
      await applyConfigurations(run);
    }
    await this.print(open, FLEET_STEP_COLUMNS);
    say(summaryOf(steps, flags['dry-run']));
    return open;
  }

  /** Each only if it is at the version that was compared: what somebody else changed meanwhile is not undone. */
  async #updateDevices(
    {api, fleet, steps}: FleetRun,
    flags: {workers: number; 'abort-on-errors': string},
  ): Promise<void> {
    const updates = new Map(
      steps.filter(({kind, action}) => kind === 'device' && action === 'update').map(step => [step.id, step]),
    );
    const wanted = new Map((fleet.devices ?? []).map(device => [device.id, device]));
    if (updates.size === 0) return;
    await this.inBulk({
      action: 'apply',
      ids: [...updates.keys()],
      flags,
      each: id => {
        const step = updates.get(id)!;
        return api.lives.update(id, changesOf(wanted.get(id)!, step), {ifVersion: step.version});
      },
    });
  }
}

function summaryOf(steps: readonly FleetStep[], dryRun: boolean): string {
  const count = (action: FleetStep['action']): number => steps.filter(step => step.action === action).length;
  const unchanged = `${count('none')} are as the file says`;
  return dryRun
    ? `${count('create')} would be created, ${count('update')} updated; ${unchanged} already`
    : `${count('create')} created, ${count('update')} updated; ${unchanged} already`;
}
