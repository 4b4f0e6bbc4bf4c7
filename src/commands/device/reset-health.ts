import * as Flags from '@oclif/core/flags';
import {LifeCommand, lifeArgs, lifeFlags} from '../../cli/life-command.js';
import type {PlannedStep} from '../../cli/plan.js';
import type {Device} from '../../domain/device.js';

export default class DeviceResetHealth extends LifeCommand {
  static override summary = 'Say that devices which reported tampering were looked at, and what was found.';

  static override examples = [`<%= config.bin %> device reset-health lamp-1 --reason 'cover replaced'`];

  static override strict = false;

  static override args = lifeArgs;

  static override flags = {
    ...lifeFlags,
    reason: Flags.string({required: true, description: 'why; kept, and shown with the device'}),
  };

  async run(): Promise<readonly (Device | PlannedStep)[]> {
    const {argv, flags} = await this.parse(DeviceResetHealth);
    return this.takeSteps('reset-health', argv as string[], flags);
  }
}
