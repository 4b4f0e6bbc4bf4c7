import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../cli/command.js';
import {keptIds} from '../cli/load/kept-runs.js';
import {writeOut} from '../cli/stdout.js';
import {loadContexts} from '../client/contexts.js';

/** As many ids as a person could look through. */
const DEVICES_MAX = 500;

export default class Complete extends IotctlCommand {
  static override summary =
    'Print what can stand at a place of the command line, for the completion scripts.';

  static override hidden = true;

  static override args = {
    kind: Args.string({
      required: true,
      options: ['devices', 'contexts', 'tokens', 'users', 'tenants', 'runs'],
      description: 'what is wanted',
    }),
  };

  async run(): Promise<readonly string[]> {
    const {args} = await this.parse(Complete);
    const names = await this.names(args.kind);
    await writeOut(names.map(name => `${name}\n`).join(''));
    return names;
  }

  private async names(kind: string): Promise<string[]> {
    if (kind === 'contexts') return (await loadContexts()).contexts.map(context => context.name);
    if (kind === 'runs') return await keptIds();
    const api = await this.api();
    if (kind === 'tokens') return (await api.listTokens()).items.map(token => token.name);
    if (kind === 'users') return (await api.users.list()).items.map(user => user.name);
    if (kind === 'tenants') return (await api.tenants.list()).items.map(tenant => tenant.id);
    return (await api.listDevices({limit: DEVICES_MAX})).items.map(device => device.id);
  }
}
