/** Scenarios of the templates and of files; what is wrong with one is said with file, line and what was expected. */
import {readdirSync} from 'node:fs';
import {basename, dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {readYamlFile} from '../../client/yaml-file.js';
import {IotctlError} from '../../domain/errors.js';
import type {ModelSpec} from '../../domain/model.js';
import {packageFile} from '../../domain/package-files.js';
import {parseThreshold} from '../measure/threshold.js';
import type {ModelProblem} from '../model/checked-model.js';
import {isModelFile} from '../model/load-model.js';
import type {Problem} from '../model/problem.js';
import {problemsOf} from '../model/schema-problems.js';
import {readFleetModel, withBehaviour} from './fleet-model.js';
import type {FleetSpec, Scenario} from './scenario.js';
import {scenarioSchema} from './scenario-schema.js';

const BYTES_MAX = 512 * 1024;
const FOLDER = fileURLToPath(packageFile('templates/scenarios/'));
const EXTENSION = '.yaml';

/** The names of the scenarios that come with iotctl. */
export const templateScenarios = (): string[] =>
  readdirSync(FOLDER)
    .filter(name => name.endsWith(EXTENSION))
    .map(name => basename(name, EXTENSION))
    .toSorted();

/** Where a scenario of that name, or path, is written. Throws `IOT_USAGE` naming those that there are. */
export function scenarioPath(name: string): string {
  if (isModelFile(name)) return name;
  const names = templateScenarios();
  if (names.includes(name)) return `${FOLDER}${name}${EXTENSION}`;
  throw new IotctlError(
    'IOT_USAGE',
    `no scenario ${JSON.stringify(name)}: give a file, or one of ${names.join(', ')}`,
  );
}

/** A fleet, and its model as the scenario has it. */
export interface ModelledFleet {
  readonly fleet: FleetSpec;
  readonly spec: ModelSpec;
}

interface CheckedScenario {
  /** Undefined where its shape is wrong. */
  readonly scenario: Scenario | undefined;
  readonly fleets: readonly ModelledFleet[];
  readonly problems: readonly ModelProblem[];
}

/** Everything that is wrong with it. Throws `IOT_INPUT_INVALID` for what is no YAML. */
export async function checkScenario(path: string): Promise<CheckedScenario> {
  const [document, ...more] = await readYamlFile(path, BYTES_MAX);
  if (more.length > 0) throw new IotctlError('IOT_INPUT_INVALID', `${path} has more than one document`);
  const {value, lineOf} = document!;
  const located = (problems: readonly Problem[]): ModelProblem[] =>
    problems
      .map(({path: inside, message}) => ({
        file: path,
        line: lineOf(inside),
        path: inside.join('.'),
        problem: message,
      }))
      .toSorted((one, other) => one.line - other.line);
  const parsed = scenarioSchema.safeParse(value);
  if (!parsed.success)
    return {scenario: undefined, fleets: [], problems: located(problemsOf(parsed.error.issues, []))};
  const scenario = parsed.data;
  const problems = thresholdProblems(scenario);
  const fleets: ModelledFleet[] = [];
  for (const [index, fleet] of scenario.fleets.entries()) {
    const checked = await checkFleet(fleet, dirname(path), ['fleets', index]);
    problems.push(...checked.problems);
    if (checked.spec) fleets.push({fleet, spec: checked.spec});
  }
  return {scenario, fleets, problems: located(problems)};
}

/** Throws `IOT_INPUT_INVALID` with every problem. */
export async function readScenario(
  path: string,
): Promise<{readonly scenario: Scenario; readonly fleets: readonly ModelledFleet[]}> {
  const {scenario, fleets, problems} = await checkScenario(path);
  if (scenario && problems.length === 0) return {scenario, fleets};
  const found = problems.map(
    ({file, line, path: inside, problem}) => `${file}:${line}: ${inside}: ${problem}`,
  );
  throw new IotctlError('IOT_INPUT_INVALID', found.join('; '));
}

async function checkFleet(
  {model, behaviour, faults}: FleetSpec,
  folder: string,
  at: Problem['path'],
): Promise<{spec?: ModelSpec; problems: Problem[]}> {
  let plain: ModelSpec;
  try {
    plain = await readFleetModel(model, folder);
  } catch (error) {
    if (!(error instanceof IotctlError)) throw error;
    return {problems: [{path: [...at, 'model'], message: error.message}]};
  }
  const {spec, problems} = withBehaviour(plain, behaviour);
  const metrics = metricsOf(spec);
  const unknown = faults.flatMap(({metric}, index) =>
    metric === undefined || metrics.has(metric)
      ? []
      : [
          {
            path: [...at, 'faults', index, 'metric'],
            message: `model ${spec.model} has no metric ${metric}; there are: ${[...metrics].join(', ')}`,
          },
        ],
  );
  return {
    spec,
    problems: [
      ...problems.map(({path, message}) => ({path: [...at, 'behaviour', ...path], message})),
      ...unknown,
    ],
  };
}

/** As they stand in payloads: those of components without the component. */
const metricsOf = ({metrics = {}, components = {}}: ModelSpec): Set<string> =>
  new Set([
    ...Object.keys(metrics),
    ...Object.values(components).flatMap(component => Object.keys(component.metrics ?? {})),
  ]);

const thresholdProblems = ({thresholds}: Scenario): Problem[] =>
  thresholds.flatMap((text, index) => {
    try {
      parseThreshold(text);
      return [];
    } catch (error) {
      return [{path: ['thresholds', index], message: (error as Error).message}];
    }
  });
