/** What the commands share that take devices a step further: which devices, why, and what is printed. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type {LifeVerb} from '../client/life-api.js';
import type {Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {BulkCommand} from './bulk-command.js';
import {type BulkFlags, bulkFlags} from './bulk-flags.js';
import {confirm} from './confirm.js';
import {DEVICE_COLUMNS} from './device-columns.js';
import {namedDevices} from './named-devices.js';
import {PLAN_COLUMNS, type PlannedStep} from './plan.js';
import {selectedIds, selectorFlag} from './selection.js';

export const lifeArgs = {
  id: Args.string({description: 'the id of a device, or several; - reads ids from stdin'}),
};

export const lifeFlags = {
  selector: selectorFlag,
  reason: Flags.string({description: 'why; kept, and shown with the device [default: none]'}),
  'if-version': Flags.integer({
    min: 1,
    description: 'only if the device is at that version still; for one device [default: whatever it is]',
  }),
  'dry-run': Flags.boolean({description: 'print what would be done, and do nothing'}),
  ...bulkFlags,
};

interface LifeFlags extends BulkFlags {
  readonly selector?: string | undefined;
  readonly reason?: string | undefined;
  readonly 'if-version'?: number | undefined;
  readonly 'dry-run': boolean;
  readonly yes?: boolean | undefined;
}

export abstract class LifeCommand extends BulkCommand {
  /** `asks`: what cannot be undone is asked for first, in these words. */
  protected async takeSteps(
    verb: LifeVerb,
    words: readonly string[],
    flags: LifeFlags,
    asks?: (devices: string) => string,
  ): Promise<readonly (Device | PlannedStep)[]> {
    const api = await this.api();
    const ids = await selectedIds(api, words, flags.selector);
    const ifVersion = flags['if-version'];
    if (ifVersion !== undefined && ids.length !== 1)
      throw new IotctlError('IOT_USAGE', '--if-version is for one device');
    if (flags['dry-run']) {
      return this.print(
        ids.map(id => ({id, action: verb})),
        PLAN_COLUMNS,
      );
    }
    if (asks && flags.yes !== true && ids.length > 0) await confirm(asks(namedDevices(ids)));
    return await this.inBulk({
      action: verb,
      ids,
      flags,
      columns: DEVICE_COLUMNS,
      each: id => api.lives.step(verb, id, {reason: flags.reason, ifVersion}),
    });
  }
}
