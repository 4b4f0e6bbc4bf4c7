import * as Flags from '@oclif/core/flags';
import {LifeCommand, lifeArgs, lifeFlags} from '../../cli/life-command.js';
import type {PlannedStep} from '../../cli/plan.js';
import type {Device} from '../../domain/device.js';

export default class DeviceRelease extends LifeCommand {
  static override summary = 'Let quarantined devices work again, and say why.';

  static override examples = [`<%= config.bin %> device release lamp-1 --reason 'checked on site'`];

  static override strict = false;

  static override args = lifeArgs;

  static override flags = {
    ...lifeFlags,
    reason: Flags.string({required: true, description: 'why; kept, and shown with the device'}),
  };

  async run(): Promise<readonly (Device | PlannedStep)[]> {
    const {argv, flags} = await this.parse(DeviceRelease);
    return this.takeSteps('release', argv as string[], flags);
  }
}
