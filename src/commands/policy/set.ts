import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {POLICY_COLUMNS} from '../../cli/policy-columns.js';
import {IotctlError} from '../../domain/errors.js';
import {DISOWN_ACTIONS, TAMPER_ACTIONS, type TenantPolicy} from '../../domain/tenant.js';

export default class PolicySet extends IotctlCommand {
  static override summary = 'Choose what follows by itself from what devices say.';

  static override examples = [
    '<%= config.bin %> policy set --on-tamper quarantine',
    '<%= config.bin %> policy set --on-disown keep-twin',
  ];

  static override flags = {
    'on-tamper': Flags.option({
      options: TAMPER_ACTIONS,
      description:
        'when a device reports tampering: latch its health, or quarantine it as well [default: as it is]',
    })(),
    'on-disown': Flags.option({
      options: DISOWN_ACTIONS,
      description: 'when an owner lets go of a device: begin its twin anew, or keep it [default: as it is]',
    })(),
  };

  async run(): Promise<TenantPolicy> {
    const {flags} = await this.parse(PolicySet);
    const {'on-tamper': onTamper, 'on-disown': onDisown} = flags;
    if (onTamper === undefined && onDisown === undefined)
      throw new IotctlError('IOT_USAGE', 'nothing to set: give --on-tamper, --on-disown, or both');
    const policy = {
      ...(onTamper === undefined ? {} : {onTamper}),
      ...(onDisown === undefined ? {} : {onDisown}),
    };
    const api = await this.api();
    return this.printOne(await api.policy.set(policy), POLICY_COLUMNS);
  }
}
