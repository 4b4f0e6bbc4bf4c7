import * as Args from '@oclif/core/args';
import {AUTHORITY_COLUMNS} from '../../cli/authority-columns.js';
import {IotctlCommand} from '../../cli/command.js';
import {readCertificate} from '../../cli/pem-input.js';
import {say} from '../../cli/stdout.js';
import type {AuthorityView} from '../../client/authority-api.js';

export default class CaAdd extends IotctlCommand {
  static override summary =
    'Register an authority of your own; it counts once you proved that you have its key.';

  static override examples = ['<%= config.bin %> ca add our-ca.pem'];

  static override args = {
    file: Args.string({required: true, description: 'its certificate in PEM; - reads it from stdin'}),
  };

  async run(): Promise<AuthorityView> {
    const {args} = await this.parse(CaAdd);
    const certificate = await readCertificate(args.file);
    const api = await this.api();
    const authority = await api.authorities.add(certificate);
    await this.printOne(authority, AUTHORITY_COLUMNS);
    if (authority.code !== null) {
      say(
        `Sign a certificate with the common name ${authority.code} by it, and give that to \`iotctl ca verify ${authority.id}\`.`,
      );
    }
    return authority;
  }
}
