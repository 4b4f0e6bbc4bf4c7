import {LifeCommand, lifeArgs, lifeFlags} from '../../cli/life-command.js';
import type {PlannedStep} from '../../cli/plan.js';
import type {Device} from '../../domain/device.js';

export default class DeviceQuarantine extends LifeCommand {
  static override summary = 'Keep suspicious devices out until somebody releases them.';

  static override examples = [`<%= config.bin %> device quarantine lamp-1 --reason 'seen at two addresses'`];

  static override strict = false;

  static override args = lifeArgs;

  static override flags = lifeFlags;

  async run(): Promise<readonly (Device | PlannedStep)[]> {
    const {argv, flags} = await this.parse(DeviceQuarantine);
    return this.takeSteps('quarantine', argv as string[], flags);
  }
}
