import {LifeCommand, lifeArgs, lifeFlags} from '../../cli/life-command.js';
import type {PlannedStep} from '../../cli/plan.js';
import type {Device} from '../../domain/device.js';

export default class DeviceDisable extends LifeCommand {
  static override summary =
    'Keep devices out: their connections end, and nothing is delivered to them until they are enabled.';

  static override examples = [
    `<%= config.bin %> device disable lamp-1 --reason 'stolen'`,
    '<%= config.bin %> device disable --selector site=oslo --dry-run',
  ];

  static override strict = false;

  static override args = lifeArgs;

  static override flags = lifeFlags;

  async run(): Promise<readonly (Device | PlannedStep)[]> {
    const {argv, flags} = await this.parse(DeviceDisable);
    return this.takeSteps('disable', argv as string[], flags);
  }
}
