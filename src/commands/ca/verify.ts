import * as Args from '@oclif/core/args';
import {AUTHORITY_COLUMNS} from '../../cli/authority-columns.js';
import {IotctlCommand} from '../../cli/command.js';
import {readCertificate} from '../../cli/pem-input.js';
import type {AuthorityView} from '../../client/authority-api.js';

export default class CaVerify extends IotctlCommand {
  static override summary = 'Prove that you have the key of an authority, so that its certificates count.';

  static override description =
    'The proof is a certificate that the authority signed, with the code that `ca add` printed for its common name.';

  static override examples = ['<%= config.bin %> ca verify 0190a0f2-7c1e-7000-8000-000000000000 proof.pem'];

  static override args = {
    id: Args.string({required: true, description: 'the id that `ca list` prints'}),
    file: Args.string({required: true, description: 'the proof in PEM; - reads it from stdin'}),
  };

  async run(): Promise<AuthorityView> {
    const {args} = await this.parse(CaVerify);
    const proof = await readCertificate(args.file);
    const api = await this.api();
    return this.printOne(await api.authorities.verify(args.id, proof), AUTHORITY_COLUMNS);
  }
}
