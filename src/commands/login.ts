import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {time} from '../cli/cell.js';
import {IotctlCommand} from '../cli/command.js';
import {
  contextNameFor,
  type Login,
  type LoginContext,
  loginOf,
  parseLogin,
  requireSamePlatform,
  withToken,
} from '../cli/login-context.js';
import type {Columns} from '../cli/output.js';
import {givenPassword, passwordStdinFlag} from '../cli/password-input.js';
import {trustOf} from '../cli/trust-of.js';
import {type Context, loadContexts, saveContext} from '../client/contexts.js';
import {IotctlError} from '../domain/errors.js';

/** Who is logged in where; the token itself is in the context, and never shown. */
interface LoggedIn {
  readonly context: string;
  readonly user: string;
  readonly tenant: string;
  readonly url: string;
  readonly expiresAt: string | null;
}

const COLUMNS: Columns<LoggedIn> = {
  context: row => row.context,
  user: row => row.user,
  tenant: row => row.tenant,
  url: row => row.url,
  expiresAt: row => time(row.expiresAt),
};

export default class LoginCommand extends IotctlCommand {
  static override summary =
    'Log in with a password; the token that you get is kept in a context, which becomes the current one.';

  static override description =
    'Without --context it goes to the current context where that is of the same user, or has no token; else to one that is named after user and tenant, so that no other token is lost.';

  static override examples = [
    '<%= config.bin %> login alice@acme',
    '<%= config.bin %> login alice@acme --url http://127.0.0.1:8080 --password-stdin < password.txt',
    '<%= config.bin %> login',
  ];

  static override args = {
    login: Args.string({description: 'USER@TENANT [default: whoever logged in to the context before]'}),
  };

  static override flags = {
    url: Flags.string({description: 'the address of the API [default: that of the context]'}),
    'password-stdin': passwordStdinFlag,
  };

  async run(): Promise<LoggedIn> {
    const {args, flags} = await this.parse(LoginCommand);
    const here = await this.here(flags.url);
    const login = args.login === undefined ? loginOf(here) : parseLogin(args.login);
    const name = contextNameFor(login, here.name === '' ? undefined : here, this.contextName);
    await requireSamePlatform(name, here.url);
    const question = `Password of ${login.user}@${login.tenant} at ${here.url}: `;
    const password = await givenPassword(flags['password-stdin'], question);
    return this.printOne(await this.keep(name, here, login, password), COLUMNS);
  }

  /** The context as it is now: with `--url` it need not be there yet, and then has no name. */
  private async here(url: string | undefined): Promise<LoginContext> {
    if (url === undefined) return this.context();
    if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
      throw new IotctlError(
        'IOT_USAGE',
        `not the URL of an API: ${JSON.stringify(url)}; write http://… or https://…`,
      );
    }
    const {contexts, current} = await loadContexts();
    const same = contexts.find(
      context => context.name === (this.contextName ?? current) && context.url === url,
    );
    return same ?? {name: '', url, token: ''};
  }

  private async keep(name: string, here: Context, login: Login, password: string): Promise<LoggedIn> {
    const {ApiClient} = await import('../client/api-client.js');
    // Not through the context: one that is read-only could never be logged in to again.
    const address = {url: here.url, token: '', trust: trustOf(here)};
    const {secret, expiresAt} = await new ApiClient(address).access.login({...login, password});
    await saveContext(withToken(here, {...login, name, token: secret}), {makeCurrent: true});
    return {context: name, ...login, url: here.url, expiresAt};
  }
}
