import {IotctlCommand} from '../../cli/command.js';
import {TENANT_COLUMNS} from '../../cli/tenant-columns.js';
import type {Tenant} from '../../domain/tenant.js';

export default class TenantList extends IotctlCommand {
  static override summary = 'List the tenants of the platform.';

  static override examples = [
    '<%= config.bin %> tenant list',
    '<%= config.bin %> tenant list --output ndjson',
  ];

  async run(): Promise<readonly Tenant[]> {
    await this.parse(TenantList);
    const api = await this.api();
    const {items} = await api.tenants.list();
    return this.print(items, TENANT_COLUMNS);
  }
}
