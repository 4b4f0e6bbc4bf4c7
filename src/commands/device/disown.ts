import * as Flags from '@oclif/core/flags';
import {LifeCommand, lifeArgs, lifeFlags} from '../../cli/life-command.js';
import type {PlannedStep} from '../../cli/plan.js';
import type {Device} from '../../domain/device.js';

export default class DeviceDisown extends LifeCommand {
  static override destructive = true;

  static override summary =
    'Let go of devices: their connections end, their credentials are revoked, and they can be claimed again.';

  static override examples = [
    `<%= config.bin %> device disown pump-7 --reason 'sold with the house' --yes`,
    '<%= config.bin %> device disown --selector site=oslo --dry-run',
  ];

  static override strict = false;

  static override args = lifeArgs;

  static override flags = {
    ...lifeFlags,
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
  };

  async run(): Promise<readonly (Device | PlannedStep)[]> {
    const {argv, flags} = await this.parse(DeviceDisown);
    return this.takeSteps(
      'disown',
      argv as string[],
      flags,
      devices =>
        `Let go of ${devices}? Their credentials stop working, and whoever has a code can have them.`,
    );
  }
}
