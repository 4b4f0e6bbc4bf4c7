import {fileURLToPath} from 'node:url';
import {expect, it} from 'vitest';
import {modelJsonSchema} from '../../../src/sim/model/model-json-schema.js';

const FILE = fileURLToPath(new URL('../../../templates/schemas/model.schema.json', import.meta.url));

/** Written anew with `-u`. */
it('the schema for editors is the one that models are checked by', async () => {
  await expect(`${JSON.stringify(modelJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(FILE);
});
