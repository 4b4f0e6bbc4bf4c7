import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {TENANT_COLUMNS} from '../../cli/tenant-columns.js';
import type {Tenant} from '../../domain/tenant.js';

export default class TenantResume extends IotctlCommand {
  static override summary = 'Let a suspended tenant go on.';

  static override examples = ['<%= config.bin %> tenant resume acme'];

  static override args = {
    id: Args.string({required: true, description: 'the id of the tenant'}),
  };

  async run(): Promise<Tenant> {
    const {args} = await this.parse(TenantResume);
    const api = await this.api();
    return this.printOne(await api.tenants.resume(args.id), TENANT_COLUMNS);
  }
}
