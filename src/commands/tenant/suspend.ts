import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {TENANT_COLUMNS} from '../../cli/tenant-columns.js';
import type {Tenant} from '../../domain/tenant.js';

export default class TenantSuspend extends IotctlCommand {
  static override destructive = true;

  static override summary =
    'Suspend a tenant: its connections end, and its requests are refused with the reason.';

  static override examples = ["<%= config.bin %> tenant suspend acme --reason 'unpaid since March'"];

  static override args = {
    id: Args.string({required: true, description: 'the id of the tenant'}),
  };

  static override flags = {
    reason: Flags.string({required: true, description: 'why; the tenant is told'}),
  };

  async run(): Promise<Tenant> {
    const {args, flags} = await this.parse(TenantSuspend);
    const api = await this.api();
    return this.printOne(await api.tenants.suspend(args.id, flags.reason), TENANT_COLUMNS);
  }
}
