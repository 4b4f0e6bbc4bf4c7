import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {grantSelectorFlag, roleFlag, wantedGrants} from '../../cli/grant-flags.js';
import {reserveSecretFile, sayShownOnce, secretFileFlag} from '../../cli/secret-file.js';
import {durationFlag} from '../../cli/time-flags.js';
import {CREATED_TOKEN_COLUMNS, TOKEN_COLUMNS, withoutSecret} from '../../cli/token-columns.js';
import type {WantedToken} from '../../client/api-shapes.js';
import {IotctlError} from '../../domain/errors.js';
import {isPermission, PERMISSIONS} from '../../domain/permission.js';
import type {Token} from '../../domain/token.js';

export default class TokenCreate extends IotctlCommand {
  static override summary = 'Create a token for a program or a person, and print its secret, once.';

  static override examples = [
    "<%= config.bin %> token create dashboard --topics 'x/#' --read-telemetry",
    '<%= config.bin %> token create deploy --admin --expires 30d',
    '<%= config.bin %> token create oslo --role operator --selector site=oslo --scope device:read,command:send',
  ];

  static override args = {
    name: Args.string({required: true, description: 'the name of the token'}),
  };

  static override flags = {
    user: Flags.string({
      description:
        'whose token it is: it may do what this user may [default: nobody’s, with roles of its own]',
      exclusive: ['role', 'admin'],
    }),
    role: roleFlag,
    selector: grantSelectorFlag,
    scope: Flags.string({
      parse: async text => checkedScope(text),
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      description:
        'narrow it to this permission, such as device:read, see `iotctl role list --permissions`; may be given several times [default: all that its roles give]',
    }),
    topics: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      description:
        'a topic filter below the tenant that an MQTT client may use, such as x/#; may be given several times [default: none]',
    }),
    'read-telemetry': Flags.boolean({
      description: 'let it read what devices say, and nothing else: role viewer, narrowed to event:read',
      exclusive: ['role', 'scope', 'admin'],
    }),
    admin: Flags.boolean({
      description: 'let it do everything in the tenant: role tenant-admin',
      exclusive: ['role'],
    }),
    expires: durationFlag({description: 'how long it works, such as 30d [default: for ever]'}),
    'secret-file': secretFileFlag,
  };

  async run(): Promise<Token> {
    const {args, flags} = await this.parse(TokenCreate);
    const wanted = wantedToken(args.name, flags);
    const api = await this.api();
    await using file =
      flags['secret-file'] === undefined ? undefined : await reserveSecretFile(flags['secret-file']);
    const token = await api.createToken(wanted);
    if (file) {
      await file.write(token.secret);
      return this.printOne(withoutSecret(token), TOKEN_COLUMNS);
    }
    await this.printOne(token, CREATED_TOKEN_COLUMNS);
    if (!this.quiet) sayShownOnce('The secret');
    return token;
  }
}

/** Not an option of the flag, as there are so many that its help could not be read. */
function checkedScope(text: string): string {
  if (isPermission(text)) return text;
  throw new IotctlError(
    'IOT_USAGE',
    `no permission ${JSON.stringify(text.slice(0, 80))}; there are: ${PERMISSIONS.join(', ')}`,
  );
}

interface TokenFlags {
  readonly user?: string | undefined;
  readonly role?: readonly string[] | undefined;
  readonly selector?: string | undefined;
  readonly scope?: readonly string[] | undefined;
  readonly topics?: readonly string[] | undefined;
  readonly 'read-telemetry': boolean;
  readonly admin: boolean;
  readonly expires?: number | undefined;
}

/** Throws `IOT_USAGE` for a token that would allow nothing. */
function wantedToken(name: string, flags: TokenFlags): WantedToken {
  const {user, selector, topics, expires} = flags;
  const reading = flags['read-telemetry'];
  const scopes = reading ? ['event:read'] : flags.scope;
  const roles = wantedGrants(rolesOf(flags), selector);
  if (user === undefined && roles.length === 0 && topics === undefined) {
    throw new IotctlError(
      'IOT_USAGE',
      'a token that allows nothing: give --role, --user, --topics, --read-telemetry or --admin',
    );
  }
  return {
    name,
    ...(user === undefined ? {} : {user}),
    ...(roles.length === 0 ? {} : {roles}),
    ...(scopes === undefined ? {} : {scopes}),
    ...(topics === undefined ? {} : {topics}),
    ...(expires === undefined ? {} : {expiresAt: new Date(Date.now() + expires).toISOString()}),
  };
}

function rolesOf({role = [], admin, user, 'read-telemetry': reading}: TokenFlags): readonly string[] {
  if (admin) return ['tenant-admin'];
  return reading && user === undefined ? ['viewer'] : role;
}
