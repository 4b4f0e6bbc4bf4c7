/** What editors know of model files: JSON Schema 2020-12. */
import {z} from 'zod';
import {modelSpecSchema} from '../../schema/model-schema.js';
import {simulateSchema} from './simulate-schema.js';

const whole = modelSpecSchema.extend({
  simulate: simulateSchema.optional().describe('how a simulated device behaves'),
});

export const modelJsonSchema = (): object => ({
  $id: 'https://iotctl.dev/schemas/model.schema.json',
  title: 'A model of devices, for iotctl',
  ...z.toJSONSchema(whole, {io: 'input'}),
});
