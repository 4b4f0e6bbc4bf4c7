import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {durationFlag} from '../../cli/time-flags.js';
import {CREATED_TOKEN_COLUMNS} from '../../cli/token-columns.js';
import {IotctlError} from '../../domain/errors.js';
import type {CreatedToken} from '../../domain/token.js';

export default class TokenCreate extends IotctlCommand {
  static override summary =
    'Create a token for an application or an administrator, and print its secret, once.';

  static override examples = [
    "<%= config.bin %> token create dashboard --topics 'x/#' --read-telemetry",
    '<%= config.bin %> token create deploy --admin --expires 30d',
  ];

  static override args = {
    name: Args.string({required: true, description: 'the name of the token'}),
  };

  static override flags = {
    topics: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      description:
        'a topic filter below the tenant that an MQTT client may use, such as x/#; may be given several times [default: none]',
    }),
    'read-telemetry': Flags.boolean({description: "let it subscribe to the tenant's telemetry and events"}),
    admin: Flags.boolean({
      description: 'let it use the whole API, instead of MQTT',
      exclusive: ['topics', 'read-telemetry'],
    }),
    expires: durationFlag({description: 'how long it works, such as 30d [default: for ever]'}),
  };

  async run(): Promise<CreatedToken> {
    const {args, flags} = await this.parse(TokenCreate);
    if (!flags.admin && flags.topics === undefined && !flags['read-telemetry']) {
      throw new IotctlError(
        'IOT_USAGE',
        'a token that allows nothing: give --topics, --read-telemetry or --admin',
      );
    }
    const api = await this.api();
    const token = await api.createToken({
      name: args.name,
      kind: flags.admin ? 'admin' : 'service',
      readTelemetry: flags['read-telemetry'],
      ...(flags.topics === undefined ? {} : {topics: flags.topics}),
      ...(flags.expires === undefined ? {} : {expiresAt: new Date(Date.now() + flags.expires).toISOString()}),
    });
    return this.printOne(token, CREATED_TOKEN_COLUMNS);
  }
}
