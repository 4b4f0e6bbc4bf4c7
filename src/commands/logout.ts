import {IotctlCommand} from '../cli/command.js';
import {PLAN_COLUMNS, type PlannedStep} from '../cli/plan.js';
import {say} from '../cli/stdout.js';
import type {ApiClient} from '../client/api-client.js';
import {loadContexts, saveContext} from '../client/contexts.js';
import {IotctlError} from '../domain/errors.js';

export default class Logout extends IotctlCommand {
  static override summary =
    'End the session of a login: its token stops working, and the context forgets it.';

  static override examples = ['<%= config.bin %> logout', '<%= config.bin %> logout --context alice.acme'];

  async run(): Promise<PlannedStep> {
    await this.parse(Logout);
    const context = await this.context();
    if (!context.token)
      throw new IotctlError('IOT_CONFLICT', `nobody is logged in to context ${context.name}`);
    await endSession(await this.api());
    const {contexts} = await loadContexts();
    if (contexts.some(({name}) => name === context.name)) await saveContext({...context, token: ''});
    return this.printOne({id: context.name, action: 'logged out'}, PLAN_COLUMNS);
  }
}

/** Throws `IOT_CONFLICT` for a token that no login made. A session that is over already is not an error. */
async function endSession(api: ApiClient): Promise<void> {
  try {
    await api.access.logout();
  } catch (error) {
    if (!(error instanceof IotctlError) || error.code !== 'IOT_UNAUTHENTICATED') throw error;
    say('The session was over already.');
  }
}
