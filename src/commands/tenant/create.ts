import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {withToken} from '../../cli/login-context.js';
import {parseQuotas} from '../../cli/quota-input.js';
import {sayShownOnce} from '../../cli/secret-file.js';
import {say} from '../../cli/stdout.js';
import {TENANT_COLUMNS} from '../../cli/tenant-columns.js';
import {CREATED_TOKEN_COLUMNS} from '../../cli/token-columns.js';
import {loadContexts, saveContext} from '../../client/contexts.js';
import type {MadeTenant} from '../../client/tenant-api.js';
import {IotctlError} from '../../domain/errors.js';
import type {CreatedToken} from '../../domain/token.js';

export default class TenantCreate extends IotctlCommand {
  static override summary = 'Create a tenant, and with --admin the first token that may do everything in it.';

  static override examples = [
    '<%= config.bin %> tenant create acme --admin first --save-context acme',
    '<%= config.bin %> tenant create globex --quota devices=1000 --quota users=20',
  ];

  static override args = {
    id: Args.string({required: true, description: 'the id of the tenant'}),
  };

  static override flags = {
    quota: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description:
        'what it may use, such as devices=1000, storageBytes=1000000000 or users=none; may be given several times [default: no limit]',
    }),
    admin: Flags.string({
      description: 'the name of a token that may do everything in it, made with it [default: none]',
      helpValue: 'NAME',
    }),
    'save-context': Flags.string({
      description:
        'the name of a new context that gets the token, instead of printing it [default: print it]',
      helpValue: 'NAME',
      dependsOn: ['admin'],
    }),
  };

  async run(): Promise<MadeTenant> {
    const {args, flags} = await this.parse(TenantCreate);
    const quotas = parseQuotas(flags.quota ?? []);
    const contextName = flags['save-context'];
    if (contextName !== undefined) await refuseTaken(contextName);
    const api = await this.api();
    const made = await api.tenants.create({
      id: args.id,
      quotas,
      ...(flags.admin === undefined ? {} : {admin: flags.admin}),
    });
    if (made.token === null) {
      await this.printOne(made.tenant, TENANT_COLUMNS);
      return made;
    }
    if (contextName === undefined) return await this.printWithToken(made, made.token);
    try {
      const {tenant, secret} = made.token;
      const given = {name: contextName, tenant, token: secret, user: undefined};
      await saveContext(withToken(await this.context(), given));
    } catch (error) {
      // The token is nowhere else.
      await this.printWithToken(made, made.token);
      throw error;
    }
    say(`The token is in the context ${contextName}: go on with --context ${contextName}.`);
    await this.printOne(made.tenant, TENANT_COLUMNS);
    return {...made, token: null};
  }

  private async printWithToken(made: MadeTenant, token: CreatedToken): Promise<MadeTenant> {
    if (this.format === 'table') await this.printOne(token, CREATED_TOKEN_COLUMNS);
    else
      await this.printOne(
        {...made, token},
        {tenant: ({tenant}) => tenant.id, secret: row => row.token.secret},
      );
    if (!this.quiet) sayShownOnce('The secret');
    return made;
  }
}

/** Before anything is made: the token would be lost. */
async function refuseTaken(name: string): Promise<void> {
  const {contexts} = await loadContexts();
  if (contexts.some(context => context.name === name)) {
    throw new IotctlError(
      'IOT_CONFLICT',
      `there is a context ${name} already: choose another name for --save-context`,
    );
  }
}
