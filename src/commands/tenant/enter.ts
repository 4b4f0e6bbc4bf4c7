import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {reserveSecretFile, sayShownOnce, secretFileFlag} from '../../cli/secret-file.js';
import {say} from '../../cli/stdout.js';
import {CREATED_TOKEN_COLUMNS, TOKEN_COLUMNS, withoutSecret} from '../../cli/token-columns.js';
import {ROLES} from '../../domain/permission.js';
import type {Token} from '../../domain/token.js';

const MINUTES_DEFAULT = 30;
const MINUTES_MAX = 240;

export default class TenantEnter extends IotctlCommand {
  static override summary =
    'Break the glass: a token in somebody else’s tenant, for a reason and a while; it is audited.';

  static override examples = [
    "<%= config.bin %> tenant enter acme --reason 'ticket 4711: readings are missing'",
    "<%= config.bin %> tenant enter acme --reason 'ticket 4711' --minutes 10 --secret-file acme.token",
  ];

  static override args = {
    id: Args.string({required: true, description: 'the id of the tenant'}),
  };

  static override flags = {
    reason: Flags.string({required: true, description: 'why; both audit logs keep it'}),
    minutes: Flags.integer({
      min: 1,
      max: MINUTES_MAX,
      default: MINUTES_DEFAULT,
      description: 'how long the token works, in minutes',
    }),
    role: Flags.string({options: [...ROLES], default: 'auditor', description: 'what it may do there'}),
    'secret-file': secretFileFlag,
  };

  async run(): Promise<Token> {
    const {args, flags} = await this.parse(TenantEnter);
    const {reason, minutes, role} = flags;
    const api = await this.api();
    await using file =
      flags['secret-file'] === undefined ? undefined : await reserveSecretFile(flags['secret-file']);
    const token = await api.tenants.enter(args.id, {reason, minutes, role});
    await file?.write(token.secret);
    if (file) await this.printOne(withoutSecret(token), TOKEN_COLUMNS);
    else await this.printOne(token, CREATED_TOKEN_COLUMNS);
    if (!file && !this.quiet) sayShownOnce('The secret');
    say(`Everything that is done with it is in the audit log of ${args.id}, with your reason.`);
    return file ? withoutSecret(token) : token;
  }
}
