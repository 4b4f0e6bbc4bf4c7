import * as Flags from '@oclif/core/flags';
import {bulkFlags} from '../../../cli/bulk-flags.js';
import type {PlannedStep} from '../../../cli/plan.js';
import {selectorFlag} from '../../../cli/selection.js';
import {TwinCommand} from '../../../cli/twin-command.js';
import {twinArgs, twinFlags} from '../../../cli/twin-input.js';
import type {Twin} from '../../../domain/twin.js';

export default class DeviceTwinSet extends TwinCommand {
  static override summary = 'Replace what is desired of devices, or their tags, as a whole.';

  static override description =
    'What is not named is gone afterwards; `device twin patch` leaves it. A value is JSON where it is some, else a text.';

  static override examples = [
    '<%= config.bin %> device twin set lamp-1 interval=30 mode=eco',
    '<%= config.bin %> device twin set lamp-1 -f desired.json --if-version 3',
    `<%= config.bin %> device twin set lamp-1 '{"owner":"ann"}' --tags`,
  ];

  static override strict = false;

  static override args = twinArgs;

  static override flags = {
    selector: selectorFlag,
    ...twinFlags,
    'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
    ...bulkFlags,
  };

  async run(): Promise<readonly (Twin | PlannedStep)[]> {
    const {argv, flags} = await this.parse(DeviceTwinSet);
    return await this.changeTwins('set', argv as string[], flags, (api, id, {section, document}, ifVersion) =>
      api.twins.replace(id, section, document, {ifVersion}),
    );
  }
}
