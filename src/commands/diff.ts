import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../cli/command.js';
import {FLEET_DIFFERENCE_COLUMNS, type FleetDifference} from '../cli/fleet-columns.js';
import {say} from '../cli/stdout.js';
import {IotctlError} from '../domain/errors.js';
import type {FleetStep} from '../domain/fleet.js';

export default class Diff extends IotctlCommand {
  static override summary = 'Say in what the platform differs from a fleet file.';

  static override description =
    'Ends with 0 when everything is as the file says, with 9 when something is not. Changes nothing.';

  static override examples = ['<%= config.bin %> diff -f fleet.yaml'];

  static override flags = {
    file: Flags.string({
      char: 'f',
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      description: 'a fleet file, YAML or JSON; may be given several times',
    }),
  };

  async run(): Promise<readonly FleetDifference[]> {
    const {flags} = await this.parse(Diff);
    const {FleetFiles} = await import('../client/fleet-file.js');
    const files = await FleetFiles.read(flags.file);
    // A model that does not fit with the one before is a difference, and no reason to say nothing of the others.
    const {steps} = await (await this.api()).fleet
      .plan(files.fleet, {allowBreaking: true})
      .catch((error: unknown) => {
        throw files.located(error);
      });
    const found = steps.filter(({action}) => action !== 'none').flatMap(differencesOf);
    if (found.length === 0) {
      say(`${steps.length} are as the file says`);
      return [];
    }
    await this.print(found, FLEET_DIFFERENCE_COLUMNS);
    throw new IotctlError('IOT_CHECK_FAILED', `${found.length} differences`);
  }
}

const differencesOf = ({kind, id, changes, action}: FleetStep): FleetDifference[] =>
  action === 'create'
    ? [{kind, id, path: '', from: undefined, to: 'new'}]
    : changes.map(change => ({kind, id, ...change}));
