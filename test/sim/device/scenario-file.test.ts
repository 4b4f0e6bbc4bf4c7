import {readFile} from 'node:fs/promises';
import {describe, expect, it} from 'vitest';
import {readScenario, scenarioNames, scenarioPath} from '../../../src/sim/device/scenario-file.js';
import {scenarioJsonSchema} from '../../../src/sim/device/scenario-schema.js';

describe('scenarios', () => {
  it('have the schema that editors know', async () => {
    const file = 'templates/schemas/scenario.schema.json';
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(scenarioJsonSchema())),
    );
  });

  it('of the templates can all be read', async () => {
    const names = await scenarioNames();
    expect(names).toContain('thermostat');
    for (const name of names) {
      const {scenario} = await readScenario(await scenarioPath(name));
      expect(scenario.name).toBe(name);
      expect(scenario.description).not.toBe('');
    }
  });
});
