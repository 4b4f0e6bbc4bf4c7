import * as Args from '@oclif/core/args';
import {CLAIM_COLUMNS} from '../../cli/claim-columns.js';
import {IotctlCommand} from '../../cli/command.js';
import type {Claim} from '../../domain/claim.js';

export default class ClaimWithdraw extends IotctlCommand {
  static override summary =
    'Take a claim back: its code stops working, and the device that it offered is as before.';

  static override examples = ['<%= config.bin %> claim withdraw 0190a0f2-7c1e-7000-8000-000000000000'];

  static override args = {
    id: Args.string({required: true, description: 'the id that `claim list` prints'}),
  };

  async run(): Promise<Claim> {
    const {args} = await this.parse(ClaimWithdraw);
    const api = await this.api();
    return this.printOne(await api.claims.step('withdraw', args.id), CLAIM_COLUMNS);
  }
}
