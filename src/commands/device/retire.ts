import {LifeCommand, lifeArgs, lifeFlags} from '../../cli/life-command.js';
import type {PlannedStep} from '../../cli/plan.js';
import type {Device} from '../../domain/device.js';

export default class DeviceRetire extends LifeCommand {
  static override destructive = true;

  static override summary =
    'Retire devices: their connections end and their secrets stop working; their history stays.';

  static override examples = [
    `<%= config.bin %> device retire lamp-1 --reason 'broken'`,
    '<%= config.bin %> device retire --selector site=oslo --dry-run',
  ];

  static override strict = false;

  static override args = lifeArgs;

  static override flags = lifeFlags;

  async run(): Promise<readonly (Device | PlannedStep)[]> {
    const {argv, flags} = await this.parse(DeviceRetire);
    return this.takeSteps('retire', argv as string[], flags);
  }
}
