/** What `twin set` and `twin patch` share: which devices, what, and what is printed. */
import type {ApiClient} from '../client/api-client.js';
import {IotctlError} from '../domain/errors.js';
import type {Twin} from '../domain/twin.js';
import {BulkCommand} from './bulk-command.js';
import type {BulkFlags} from './bulk-flags.js';
import {PLAN_COLUMNS, type PlannedStep} from './plan.js';
import {selectedIds} from './selection.js';
import {TWIN_COLUMNS} from './twin-columns.js';
import {type TwinInput, twinInput} from './twin-input.js';

interface TwinFlags extends BulkFlags {
  readonly selector?: string | undefined;
  readonly file?: string | undefined;
  readonly tags: boolean;
  readonly 'if-version'?: number | undefined;
  readonly 'dry-run': boolean;
}

export abstract class TwinCommand extends BulkCommand {
  protected async changeTwins(
    verb: 'set' | 'patch',
    words: readonly string[],
    flags: TwinFlags,
    change: (api: ApiClient, id: string, input: TwinInput, ifVersion: number | undefined) => Promise<Twin>,
  ): Promise<readonly (Twin | PlannedStep)[]> {
    const input = await twinInput(words, flags);
    const api = await this.api();
    const ids = await selectedIds(api, input.ids, flags.selector);
    const ifVersion = flags['if-version'];
    if (ifVersion !== undefined && ids.length !== 1)
      throw new IotctlError('IOT_USAGE', '--if-version is for one device');
    const action = `${verb} ${input.section} ${JSON.stringify(input.document)}`;
    if (flags['dry-run'])
      return this.print(
        ids.map(id => ({id, action})),
        PLAN_COLUMNS,
      );
    return await this.inBulk({
      action,
      ids,
      flags,
      columns: TWIN_COLUMNS,
      each: id => change(api, id, input, ifVersion),
    });
  }
}
