import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {POLICY_COLUMNS} from '../../cli/policy-columns.js';
import {TAMPER_ACTIONS, type TenantPolicy} from '../../domain/tenant.js';

export default class PolicySet extends IotctlCommand {
  static override summary = 'Choose what follows by itself from what devices say.';

  static override examples = ['<%= config.bin %> policy set --on-tamper quarantine'];

  static override flags = {
    'on-tamper': Flags.option({
      options: TAMPER_ACTIONS,
      required: true,
      description: 'when a device reports tampering: latch its health, or quarantine it as well',
    })(),
  };

  async run(): Promise<TenantPolicy> {
    const {flags} = await this.parse(PolicySet);
    return this.printOne(await (await this.api()).policy.set({onTamper: flags['on-tamper']}), POLICY_COLUMNS);
  }
}
