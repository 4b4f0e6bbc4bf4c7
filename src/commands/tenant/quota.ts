import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {parseQuotas} from '../../cli/quota-input.js';
import {QUOTA_COLUMNS, type QuotaRow, quotaRows} from '../../cli/tenant-columns.js';
import {IotctlError} from '../../domain/errors.js';

export default class TenantQuota extends IotctlCommand {
  static override summary = 'Show what a tenant may use, and your own also with what it uses; or set it.';

  static override examples = [
    '<%= config.bin %> tenant quota',
    '<%= config.bin %> tenant quota acme --set devices=1000 --set users=none',
  ];

  static override args = {
    id: Args.string({description: 'the id of the tenant [default: your own]'}),
  };

  static override flags = {
    set: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description:
        'a new limit, such as devices=1000, bytesPerSec=1000000 or users=none; may be given several times [default: none]',
    }),
  };

  async run(): Promise<readonly QuotaRow[]> {
    const {args, flags} = await this.parse(TenantQuota);
    const wanted = flags.set && parseQuotas(flags.set);
    const api = await this.api();
    if (args.id === undefined) {
      if (wanted) throw new IotctlError('IOT_USAGE', '--set needs the id of the tenant');
      const {quotas, usage} = await api.tenants.ownQuotas();
      return this.print(quotaRows(quotas, usage), QUOTA_COLUMNS);
    }
    const {quotas} = await (wanted ? api.tenants.setQuotas(args.id, wanted) : api.tenants.get(args.id));
    return this.print(quotaRows(quotas, undefined), QUOTA_COLUMNS);
  }
}
