import {IotctlCommand} from '../../cli/command.js';
import {POLICY_COLUMNS} from '../../cli/policy-columns.js';
import type {TenantPolicy} from '../../domain/tenant.js';

export default class PolicyShow extends IotctlCommand {
  static override summary = 'Show what follows by itself from what devices say.';

  static override examples = ['<%= config.bin %> policy show'];

  async run(): Promise<TenantPolicy> {
    await this.parse(PolicyShow);
    return this.printOne(await (await this.api()).policy.get(), POLICY_COLUMNS);
  }
}
