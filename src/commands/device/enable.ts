import {LifeCommand, lifeArgs, lifeFlags} from '../../cli/life-command.js';
import type {PlannedStep} from '../../cli/plan.js';
import type {Device} from '../../domain/device.js';

export default class DeviceEnable extends LifeCommand {
  static override summary = 'Let devices work again that were disabled or in maintenance.';

  static override examples = ['<%= config.bin %> device enable lamp-1'];

  static override strict = false;

  static override args = lifeArgs;

  static override flags = lifeFlags;

  async run(): Promise<readonly (Device | PlannedStep)[]> {
    const {argv, flags} = await this.parse(DeviceEnable);
    return this.takeSteps('enable', argv as string[], flags);
  }
}
