import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import {CONTEXT_FLAGS, namedContext} from '../../cli/context-flags.js';
import {loginFor, tokenFor} from '../../cli/context-secret.js';
import {notSaved, tried} from '../../cli/context-trial.js';
import {settledTrust, trustOfFlags, warnOfPlainText} from '../../cli/context-trust.js';
import {CONTEXT_COLUMNS, type ContextView, contextView} from '../../cli/context-view.js';
import {type Context, loadContexts, saveContext} from '../../client/contexts.js';
import {IotctlError} from '../../domain/errors.js';

export default class ContextAdd extends IotctlCommand {
  static override summary = 'Add a platform to talk to, or change one.';

  static override description =
    `Asks for the token, without showing it, tries the platform once, and keeps both for your eyes alone. \`context add NAME --url URL\` is the same as \`context add URL --name NAME\`.

Where the certificate of an https:// URL is of a CA that this machine does not know, its fingerprint is shown and asked about; in a script, pass --ca or --fingerprint. Host, dates and chain are checked in each case.

Whatever you change through a context is written to $XDG_STATE_HOME/iotctl/changes.jsonl (default ~/.local/state), one JSON object a line, without any secret; at 10 MiB it becomes changes.jsonl.1.`;

  static override examples = [
    '<%= config.bin %> context add http://127.0.0.1:8080 --name lab',
    '<%= config.bin %> context add lab --url http://127.0.0.1:8080 --token-stdin < token.txt',
    "<%= config.bin %> context add https://iot.example.com --name prod --token-command 'pass show iotctl' --protected",
    '<%= config.bin %> context add mqtt://127.0.0.1:1883 --kind mqtt --name broker',
  ];

  static override args = {
    target: Args.string({required: true, description: 'the URL; or the name, where there is --url'}),
  };

  static override flags = CONTEXT_FLAGS;

  async run(): Promise<ContextView> {
    const {args, flags} = await this.parse(ContextAdd);
    const named = namedContext(args.target, flags);
    if (flags.name === undefined && flags.url === undefined) await refuseTaken(named);
    const urls = [
      named.url,
      ...(named.mqttUrl === undefined || named.mqttUrl === named.url ? [] : [named.mqttUrl]),
    ];
    for (const url of urls) warnOfPlainText(url);
    const trust = await trustOfFlags(flags, urls);
    const verify = !flags['no-verify'];
    const settled = verify ? await orNotSaved(named.url, settledTrust(named.url, trust)) : trust;
    const secret =
      named.kind === 'mqtt' ? await loginFor(named.url, flags) : await tokenFor(named.url, flags);
    const context: Context = {
      ...named,
      ...secret,
      ...settled,
      ...(flags['read-only'] ? {readOnly: true} : {}),
      ...(flags.protected ? {protected: true} : {}),
    };
    const kept = verify ? await orNotSaved(named.url, tried(context, {quiet: this.quiet})) : context;
    await saveContext(kept, {makeCurrent: flags.use});
    return this.printOne(await contextView(kept.name), CONTEXT_COLUMNS);
  }
}

/** A name that nobody typed must not take the place of another context. */
async function refuseTaken({name, url}: Pick<Context, 'name' | 'url'>): Promise<void> {
  const taken = (await loadContexts()).contexts.find(context => context.name === name);
  if (taken === undefined || taken.url === url) return;
  throw new IotctlError(
    'IOT_CONFLICT',
    `context ${name} is ${taken.url}; pass --name to choose another name`,
  );
}

async function orNotSaved<Value>(url: string, trial: Promise<Value>): Promise<Value> {
  try {
    return await trial;
  } catch (error) {
    throw notSaved(url, error);
  }
}
