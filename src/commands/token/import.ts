import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {readInput} from '../../cli/lines-in.js';
import type {Columns} from '../../cli/output.js';
import {reserveSecretFile, type SecretFile} from '../../cli/secret-file.js';
import type {ApiClient} from '../../client/api-client.js';
import {csvLine} from '../../domain/csv.js';
import {type ErrorCode, IotctlError} from '../../domain/errors.js';
import {type AclRule, readAcl} from '../../domain/mosquitto-acl.js';

const COLUMNS: Columns<AclRule> = {
  line: rule => rule.line,
  rule: rule => rule.rule,
  outcome: rule => rule.outcome,
  token: rule => rule.token,
  topic: rule => rule.topic,
  message: rule => rule.message,
};

export default class TokenImport extends IotctlCommand {
  static override summary = 'Make the tokens that an ACL file of mosquitto grants topics to.';

  static override description =
    'Each line is told of: granted to a token, what a device may do by itself, or left, and why. A right that would become wider than it was is left. Ends with exit code 5 where something was left.';

  static override examples = [
    '<%= config.bin %> token import acl --dry-run',
    '<%= config.bin %> token import acl --secrets-file tokens.csv',
  ];

  static override args = {
    file: Args.string({required: true, description: 'the ACL file; - is stdin'}),
  };

  static override flags = {
    'secrets-file': Flags.string({
      description: 'write names and secrets of the tokens to this new file, as CSV (mode 0600)',
    }),
    'dry-run': Flags.boolean({description: 'print what would become of each line, and do nothing'}),
  };

  async run(): Promise<readonly AclRule[]> {
    const {args, flags} = await this.parse(TokenImport);
    const api = await this.api();
    const {tenant} = await api.access.me();
    let rules = readAcl((await readInput(args.file)).toString('utf8'), tenant);
    const topics = topicsByToken(rules);
    const path = flags['secrets-file'];
    if (!flags['dry-run'] && topics.size > 0) {
      if (path === undefined)
        throw new IotctlError('IOT_USAGE', `${topics.size} tokens would be made: give --secrets-file FILE`);
      await using file = await reserveSecretFile(path);
      const failures = await makeTokens(api, topics, file);
      rules = rules.map(rule => withFailure(rule, failures));
    }
    await this.print(rules, COLUMNS);
    const lost = rules.filter(({outcome}) => outcome === 'left').length;
    if (lost > 0)
      throw new IotctlError('IOT_SOME_FAILED', `${lost} of ${rules.length} rules could not be taken over`);
    return rules;
  }
}

function topicsByToken(rules: readonly AclRule[]): Map<string, string[]> {
  const topics = new Map<string, string[]>();
  for (const {token, topic} of rules)
    if (token !== null && topic !== null) topics.set(token, [...(topics.get(token) ?? []), topic]);
  return topics;
}

/** Each secret is on disk before the next token is made. Gives why some were not. */
async function makeTokens(
  api: ApiClient,
  topics: ReadonlyMap<string, readonly string[]>,
  file: SecretFile,
): Promise<Map<string, string>> {
  const failures = new Map<string, string>();
  for (const [name, filters] of topics) {
    try {
      const {username, secret} = await api.createToken({name, topics: filters});
      await file.write(csvLine([name, username, secret]));
    } catch (error) {
      if (!(error instanceof IotctlError) || !OWN_FAILURES.includes(error.code)) throw error;
      failures.set(name, error.message);
    }
  }
  return failures;
}

/** Of one token, and not of all of them. */
const OWN_FAILURES: readonly ErrorCode[] = ['IOT_TOKEN_EXISTS', 'IOT_REQUEST_INVALID'];

function withFailure(rule: AclRule, failures: ReadonlyMap<string, string>): AclRule {
  const message = rule.token === null ? undefined : failures.get(rule.token);
  return message === undefined ? rule : {...rule, outcome: 'left', token: null, topic: null, message};
}
