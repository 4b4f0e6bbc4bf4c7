import * as Args from '@oclif/core/args';
import {IotctlCommand} from '../../cli/command.js';
import type {Columns} from '../../cli/output.js';
import {say} from '../../cli/stdout.js';
import {IotctlError} from '../../domain/errors.js';
import {type Incompatibility, incompatibilities} from '../../domain/model-compatibility.js';
import {checkModelFile, type ModelProblem, readCheckedModels} from '../../sim/model/checked-model.js';
import {isModelFile} from '../../sim/model/load-model.js';

const DIFFERENCES: Columns<Incompatibility> = {
  path: ({path}) => path,
  why: ({why}) => why,
};

const PROBLEMS: Columns<ModelProblem> = {
  place: ({file, line}) => `${file}:${line}`,
  path: ({path}) => path,
  problem: ({problem}) => problem,
};

export default class ModelCheck extends IotctlCommand {
  static override summary =
    'Check a model file, with how it is simulated; or say whether a new version fits with an old one.';

  static override description =
    'One file is checked by itself, without a platform. Of two, each is a file, or a model that is there: name or name@version. Ends with 0 when all fits and old devices and queries go on working, with 9 when not.';

  static override examples = [
    '<%= config.bin %> model check thermostat.yaml',
    '<%= config.bin %> model check thermostat thermostat-3.yaml',
    '<%= config.bin %> model check thermostat@1 thermostat@2',
  ];

  static override args = {
    older: Args.string({required: true, description: 'a file, or a model that is there'}),
    newer: Args.string({
      description: 'a file, or a model that is there; without it the first is checked by itself',
    }),
  };

  async run(): Promise<readonly (Incompatibility | ModelProblem)[]> {
    const {args} = await this.parse(ModelCheck);
    return args.newer === undefined
      ? await this.#checkFile(args.older)
      : await this.#compare(args.older, args.newer);
  }

  async #checkFile(file: string): Promise<readonly ModelProblem[]> {
    if (!isModelFile(file))
      throw new IotctlError(
        'IOT_USAGE',
        `${file} is no file, and there is no other model to compare it with`,
      );
    const {models, problems} = await checkModelFile(file);
    if (problems.length === 0) {
      say(`${file} is right: ${models.map(({spec}) => `${spec.model}@${spec.version}`).join(', ')}`);
      return [];
    }
    await this.print(problems, PROBLEMS);
    throw new IotctlError('IOT_CHECK_FAILED', `${file} is not right: ${counted(problems.length, 'problem')}`);
  }

  async #compare(olderText: string, newerText: string): Promise<readonly Incompatibility[]> {
    const [older, newer] = [await sideOf(olderText), await sideOf(newerText)];
    const found =
      typeof older === 'string' || typeof newer === 'string'
        ? (await (await this.api()).models.check(older, newer)).incompatibilities
        : incompatibilities(older, newer);
    if (found.length === 0) {
      say(`${newerText} fits with ${olderText}`);
      return [];
    }
    await this.print(found, DIFFERENCES);
    const differences = found.length === 1 ? '1 difference matters' : `${found.length} differences matter`;
    throw new IotctlError('IOT_CHECK_FAILED', `${newerText} does not fit with ${olderText}: ${differences}`);
  }
}

async function sideOf(text: string) {
  if (!isModelFile(text)) return text;
  const [first, ...more] = await readCheckedModels(text);
  if (more.length > 0) throw new IotctlError('IOT_INPUT_INVALID', `${text} has more than one model`);
  return first!.spec;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
