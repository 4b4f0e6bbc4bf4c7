import * as Flags from '@oclif/core/flags';
import {bulkFlags} from '../../../cli/bulk-flags.js';
import type {PlannedStep} from '../../../cli/plan.js';
import {selectorFlag} from '../../../cli/selection.js';
import {TwinCommand} from '../../../cli/twin-command.js';
import {twinArgs, twinFlags} from '../../../cli/twin-input.js';
import type {Twin} from '../../../domain/twin.js';

export default class DeviceTwinPatch extends TwinCommand {
  static override summary = 'Change some of what is desired of devices, or of their tags.';

  static override description =
    'A merge patch (RFC 7396): what is not named stays, null takes a property away, an array is replaced as a whole. A path joins the names of nested properties by dots. A value is JSON where it is some, else a text.';

  static override examples = [
    '<%= config.bin %> device twin patch lamp-1 interval=30 door.locked=true old=null',
    `<%= config.bin %> device twin patch --selector site=oslo '{"interval":30}'`,
    '<%= config.bin %> device twin patch lamp-1 -f patch.json --if-version 3',
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
    const {argv, flags} = await this.parse(DeviceTwinPatch);
    return await this.changeTwins(
      'patch',
      argv as string[],
      flags,
      (api, id, {section, document}, ifVersion) => api.twins.patch(id, section, document, {ifVersion}),
    );
  }
}
