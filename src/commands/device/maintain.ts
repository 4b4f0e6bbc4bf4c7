import {LifeCommand, lifeArgs, lifeFlags} from '../../cli/life-command.js';
import type {PlannedStep} from '../../cli/plan.js';
import type {Device} from '../../domain/device.js';

export default class DeviceMaintain extends LifeCommand {
  static override summary =
    'Take devices out for maintenance: they stay connected, and commands need --force.';

  static override examples = [`<%= config.bin %> device maintain lamp-1 --reason 'new sensor'`];

  static override strict = false;

  static override args = lifeArgs;

  static override flags = lifeFlags;

  async run(): Promise<readonly (Device | PlannedStep)[]> {
    const {argv, flags} = await this.parse(DeviceMaintain);
    return this.takeSteps('maintain', argv as string[], flags);
  }
}
