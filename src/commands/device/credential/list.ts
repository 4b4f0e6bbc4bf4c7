import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../../cli/command.js';
import {CREDENTIAL_COLUMNS} from '../../../cli/credential-columns.js';
import type {CredentialView} from '../../../domain/credential.js';

export default class DeviceCredentialList extends IotctlCommand {
  static override summary =
    'List what a device proves itself with, and when it last did; the secrets are never shown again.';

  static override examples = ['<%= config.bin %> device credential list lamp-1'];

  static override args = {
    device: Args.string({required: true, description: 'the id of the device'}),
  };

  async run(): Promise<readonly CredentialView[]> {
    const {args} = await this.parse(DeviceCredentialList);
    const api = await this.api();
    const {items} = await api.credentials.list(args.device);
    return this.print(items, CREDENTIAL_COLUMNS);
  }
}
