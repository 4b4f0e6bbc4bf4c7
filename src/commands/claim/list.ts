import * as Flags from '@oclif/core/flags';
import {CLAIM_COLUMNS} from '../../cli/claim-columns.js';
import {IotctlCommand} from '../../cli/command.js';
import type {Claim} from '../../domain/claim.js';

const LIMIT_DEFAULT = 100;

export default class ClaimList extends IotctlCommand {
  static override summary = 'List claims, the newest first: who made them, and what became of them.';

  static override examples = ['<%= config.bin %> claim list', '<%= config.bin %> claim list --output ndjson'];

  static override flags = {
    limit: Flags.integer({min: 1, default: LIMIT_DEFAULT, description: 'how many claims at most'}),
  };

  async run(): Promise<readonly Claim[]> {
    const {flags} = await this.parse(ClaimList);
    const api = await this.api();
    const claims: Claim[] = [];
    for await (const claim of api.claims.all(flags.limit)) claims.push(claim);
    return this.print(claims, CLAIM_COLUMNS);
  }
}
