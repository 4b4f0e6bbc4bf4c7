import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {CONTEXT_COLUMNS, type ContextView, contextView} from '../../cli/context-view.js';
import {readInput} from '../../cli/lines-in.js';
import {saveContext} from '../../client/contexts.js';
import {IotctlError} from '../../domain/errors.js';

export default class ContextAdd extends IotctlCommand {
  static override summary = 'Add a platform to talk to, or change one.';

  static override examples = [
    '<%= config.bin %> context add lab --url http://127.0.0.1:8080 --token-stdin < token.txt',
  ];

  static override args = {
    name: Args.string({required: true, description: 'the name of the context'}),
  };

  static override flags = {
    url: Flags.string({required: true, description: 'the address of its API'}),
    token: Flags.string({
      description: 'a token of kind admin; better given with --token-stdin, where `ps` does not show it',
      exactlyOne: ['token', 'token-stdin'],
    }),
    'token-stdin': Flags.boolean({description: 'read the token from stdin'}),
    'mqtt-url': Flags.string({
      description: 'its broker, for `pub` and `sub` [default: none]',
    }),
    use: Flags.boolean({description: 'make it the current context'}),
  };

  async run(): Promise<ContextView> {
    const {args, flags} = await this.parse(ContextAdd);
    if (!/^https?:$/.test(URL.canParse(flags.url) ? new URL(flags.url).protocol : '')) {
      throw new IotctlError(
        'IOT_USAGE',
        `not the URL of an API: ${JSON.stringify(flags.url)}; write http://… or https://…`,
      );
    }
    const token = (flags.token ?? (await readInput('-')).toString('utf8')).trim();
    await saveContext(
      {
        name: args.name,
        url: flags.url,
        token,
        ...(flags['mqtt-url'] === undefined ? {} : {mqttUrl: flags['mqtt-url']}),
      },
      {makeCurrent: flags.use},
    );
    return this.printOne(await contextView(args.name), CONTEXT_COLUMNS);
  }
}
