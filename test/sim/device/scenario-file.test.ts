import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {
  checkScenario,
  readScenario,
  scenarioPath,
  templateScenarios,
} from '../../../src/sim/device/scenario-file.js';
import {scenarioJsonSchema} from '../../../src/sim/device/scenario-schema.js';
import {temporaryFolder} from '../../support/temporary-folder.js';

describe('scenarios', () => {
  it('have the schema that editors know', async () => {
    const file = 'templates/schemas/scenario.schema.json';
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(scenarioJsonSchema())),
    );
  });

  it('of the templates can all be read', async () => {
    const names = templateScenarios();
    expect(names).toContain('thermostat');
    for (const name of names) {
      const {scenario} = await readScenario(scenarioPath(name));
      expect(scenario.name).toBe(name);
      expect(scenario.description).not.toBe('');
    }
  });
});

const GOOD = `scenario: small
duration: 10s
fleets:
  - name: room
    model: thermostat
    faults:
      - { fault: spike, metric: temperature, by: 10, probability: 1% }
`;

/** What is changed of the good one, where it is wrong then, and what is said of it. */
const FLAWS: [string, string, string, RegExp][] = [
  ['an unknown key', 'duration: 10s\n', 'seeed: 1\n', /^:1: .*seeed/],
  ['a duration that is none', '10s', 'soon', /^:2: duration: not a duration/],
  ['no fleets', GOOD.slice(GOOD.indexOf('fleets')), 'fleets: []\n', /^:3: fleets: /],
  ['a name that is none', 'name: room', 'name: a room', /^:4: fleets\.0\.name: not a name/],
  [
    'a model that there is not',
    'model: thermostat',
    'model: toaster',
    /^:5: fleets\.0\.model: no model "toaster"/,
  ],
  [
    'a model file that there is not',
    'model: thermostat',
    'model: ./x.yaml',
    /^:5: fleets\.0\.model: .*no such file/,
  ],
  ['an unknown fault', 'fault: spike', 'fault: gremlin', /^:7: fleets\.0\.faults\.0\.fault: /],
  [
    'a fault without a time',
    'probability: 1%',
    'share: 10%',
    /^:7: fleets\.0\.faults\.0: spike needs one of rate, probability, at, every/,
  ],
  ['two times of a fault', 'probability: 1%', 'probability: 1%, rate: 1/h', /it has rate and probability/],
  ['an amount that is none', 'by: 10', 'by: lots', /spike needs by: a number/],
  [
    'a metric that there is not',
    'metric: temperature',
    'metric: pressure',
    /^:7: fleets\.0\.faults\.0\.metric: .*no metric pressure; there are: temperature, humidity/,
  ],
  [
    'behaviour that does not fit',
    'faults:',
    'behaviour: { jitter: 300% }\n    faults:',
    /^:6: fleets\.0\.behaviour\.jitter: /,
  ],
  [
    'a threshold that is none',
    'duration: 10s',
    'thresholds: [speed>9]',
    /^:2: thresholds\.0: .*no metric "speed"/,
  ],
];

describe('what is wrong with a scenario', () => {
  it.each(FLAWS)('is said with its line: %s', async (_what, from, to, expected) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'small.yaml');
    await writeFile(path, GOOD);
    expect((await checkScenario(path)).problems).toEqual([]);
    await writeFile(path, GOOD.replace(from, to));
    const {problems} = await checkScenario(path);
    const said = problems
      .map(({line, path: inside, problem}) => `:${line}: ${inside}: ${problem}`)
      .join('\n');
    expect(said).toMatch(expected);
    await expect(readScenario(path)).rejects.toMatchObject({code: 'IOT_INPUT_INVALID'});
  });
});
