import {readdirSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {checkModelFile, readCheckedModels} from '../../src/sim/model/checked-model.js';
import {temporaryFolder} from '../support/temporary-folder.js';

const HEAD = `model: pump
version: 1
metrics:
  temperature: { type: number, min: 0, max: 100 }
  mode: { type: string, values: [idle, busy] }
  load: { type: number }
  power: { type: number }
commands:
  start: { args: { level: { type: integer }, version: { type: string } } }
properties:
  interval: { type: integer, writable: true }
  fw: { type: string }
simulate:
`;

describe('a model file', () => {
  it.each([
    ['interval: often', 'simulate.interval', 'not a duration, such as 500ms, 30s or 15m'],
    ['timezone: Mars/Olympus', 'simulate.timezone', 'not a time zone, such as Europe/Oslo'],
    ['intervall: 5s', 'simulate', 'unrecognized key: "intervall"'],
    ['metrics: { pressure: 1 }', 'simulate.metrics.pressure', 'no such metric; there are: temperature, mode'],
    ['components: { motor: {} }', 'simulate.components.motor', 'no such component; there are: none'],
    ['metrics: { load: {} }', 'simulate.metrics.load', 'no generator: give one of constant, walk'],
    [
      'metrics: { load: { constant: 1, normal: { mean: 1, sd: 1 } } }',
      'simulate.metrics.load',
      'constant and normal',
    ],
    [
      'metrics: { load: { walk: { step: big } } }',
      'simulate.metrics.load.walk.step',
      'not a number, nor [lowest',
    ],
    [
      'metrics: { load: { walk: { step: 1, stp: 1 } } }',
      'simulate.metrics.load.walk',
      'unrecognized key: "stp"',
    ],
    ['metrics: { load: { uniform: [5, 3] } }', 'simulate.metrics.load', 'min 5 is above max 3'],
    [
      'metrics: { mode: { sine: { period: 1s, mean: 1, amplitude: 1 } } }',
      'simulate.metrics.mode',
      'sine gives numbers',
    ],
    ['metrics: { mode: off }', 'simulate.metrics.mode', '"off" is none of idle, busy'],
    [
      'metrics: { mode: { enum: { idle: 1, gone: 1 } } }',
      'simulate.metrics.mode',
      '"gone" is none of idle, busy',
    ],
    [
      'metrics: { mode: { markov: { states: { idle: { busy: 0.5 }, busy: { idle: 1 } } } } }',
      'simulate.metrics.mode',
      'the chances of state idle add up to 0.5, not to 1',
    ],
    [
      'metrics: { mode: { markov: { states: { idle: { gone: 1 } } } } }',
      'simulate.metrics.mode',
      'no state gone; there are: idle',
    ],
    ['metrics: { load: presure * 2 }', 'simulate.metrics.load', 'no metric presure'],
    [
      'metrics: { load: power, power: load }',
      'simulate.metrics.load',
      'goes in a circle: load → power → load',
    ],
    [
      'metrics: { load: { diurnal: { low: 1 } } }',
      'simulate.metrics.load.diurnal',
      'needs either low and high, or hours',
    ],
    ['commands: { stop: {} }', 'simulate.commands.stop', 'no such command; there are: start'],
    ['commands: { start: { fail: 120% } }', 'simulate.commands.start.fail', 'more than 100%'],
    ['commands: { start: { fail: 0.6, silent: 60% } }', 'simulate.commands.start', 'more than 1 together'],
    ['commands: { start: { latency: soon } }', 'simulate.commands.start.latency', 'not a duration'],
    [
      'commands: { start: { sets: { load: lvl } } }',
      'simulate.commands.start.sets.load',
      'no argument lvl; there are: level',
    ],
    [
      'commands: { start: { sets: { x: level } } }',
      'simulate.commands.start.sets.x',
      'simulates no metric x',
    ],
    [
      'commands: { start: { sets: { temperature: { value: 101 } } } }',
      'simulate.commands.start.sets.temperature',
      'is not between 0 and 100',
    ],
    [
      'metrics: { load: power }\n  commands: { start: { sets: { load: level } } }',
      'simulate.commands.start.sets.load',
      'cannot be set',
    ],
    ['twin: { color: {} }', 'simulate.twin.color', 'no such property; there are: interval, fw'],
    ['twin: { fw: { metric: mode } }', 'simulate.twin.fw', 'is not writable'],
    ['twin: { interval: { value: often } }', 'simulate.twin.interval.value', 'is not of type integer'],
    ['firmware: { version: "1", property: fw }', 'simulate.firmware.property', 'no writable property fw'],
    ['firmware: { version: "1", command: stop }', 'simulate.firmware.command', 'no command stop'],
  ])('with %s is not right', async (section, path, problem) => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'pump.yaml');
    await writeFile(file, `${HEAD}  ${section}\n`);
    const {problems} = await checkModelFile(file);
    expect(problems[0]).toEqual({
      file,
      line: expect.any(Number),
      path,
      problem: expect.stringContaining(problem),
    });
    expect(problems[0]!.line).toBeGreaterThanOrEqual(HEAD.split('\n').length - 1);
    await expect(readCheckedModels(file)).rejects.toMatchObject({
      code: 'IOT_INPUT_INVALID',
      message: expect.stringContaining(`${file}:${problems[0]!.line}: ${path}: `),
    });
  });

  it('that the platform would refuse is not right either', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'pump.yaml');
    await writeFile(file, 'model: pump\nversion: 1\nmetrics:\n  t: { type: float }\n');
    expect((await checkModelFile(file)).problems).toMatchObject([{line: 4, path: 'metrics.t.type'}]);
  });
});

const TEMPLATES = new URL('../../templates/models/', import.meta.url).pathname;

it.each(readdirSync(TEMPLATES))('template %s is right', async file => {
  expect((await checkModelFile(join(TEMPLATES, file))).problems).toEqual([]);
});
