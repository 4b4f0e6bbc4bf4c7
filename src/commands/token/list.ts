import {IotctlCommand} from '../../cli/command.js';
import {TOKEN_COLUMNS} from '../../cli/token-columns.js';
import type {Token} from '../../domain/token.js';

export default class TokenList extends IotctlCommand {
  static override summary =
    'List the tokens with what they may do and their last use; their secrets are never shown again.';

  static override examples = ['<%= config.bin %> token list'];

  async run(): Promise<readonly Token[]> {
    await this.parse(TokenList);
    const api = await this.api();
    const {items} = await api.listTokens();
    return this.print(items, TOKEN_COLUMNS);
  }
}
