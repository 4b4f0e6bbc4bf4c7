import {IotctlCommand} from '../../cli/command.js';
import {writeOut} from '../../cli/stdout.js';

export default class CaCrl extends IotctlCommand {
  static override summary = 'Print the list of revoked certificates in PEM, for others who check them.';

  static override examples = ['<%= config.bin %> ca crl > revoked.pem'];

  async run(): Promise<string> {
    await this.parse(CaCrl);
    const api = await this.api();
    const pem = await api.authorities.revocationList();
    if (this.format === 'table') await writeOut(pem);
    else await this.printOne({pem}, {pem: row => row.pem});
    return pem;
  }
}
