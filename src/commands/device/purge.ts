import * as Flags from '@oclif/core/flags';
import {LifeCommand, lifeArgs, lifeFlags} from '../../cli/life-command.js';
import type {PlannedStep} from '../../cli/plan.js';
import type {Device} from '../../domain/device.js';

export default class DevicePurge extends LifeCommand {
  static override destructive = true;

  static override summary =
    'Erase what retired devices said, and what was written about them; their ids and the audit log stay.';

  static override examples = [
    `<%= config.bin %> device purge lamp-1 --reason 'asked for by its owner' --yes`,
  ];

  static override strict = false;

  static override args = lifeArgs;

  static override flags = {
    ...lifeFlags,
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
  };

  async run(): Promise<readonly (Device | PlannedStep)[]> {
    const {argv, flags} = await this.parse(DevicePurge);
    return this.takeSteps(
      'purge',
      argv as string[],
      flags,
      devices => `Erase what ${devices} said? This cannot be undone.`,
    );
  }
}
