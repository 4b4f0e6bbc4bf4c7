/** What somebody who makes claims chooses from; less than `GET /v1/models` tells, and also for those whom a selector limits. */
import type {FastifyRequest} from 'fastify';
import {z} from 'zod';
import type {Model} from '../../domain/model.js';
import type {SelectorTerm} from '../../domain/selector.js';
import {callerOf, scopeOf} from '../access.js';
import type {ApiPorts} from '../ports.js';
import type {Server} from '../server.js';

const placeSchema = z.object({
  selector: z.string(),
  labels: z.record(z.string(), z.string()),
  model: z.string().nullable(),
});
type Place = z.output<typeof placeSchema>;

export function claimChoiceRoutes(server: Server, {admin: {models}}: ApiPorts): void {
  server.route({
    method: 'GET',
    url: '/v1/claim-choices',
    config: {permission: 'claim:create'},
    schema: {
      summary: 'The models, in their newest versions, and the places that the caller may make claims for',
      response: {
        200: z.object({
          models: z.array(
            z.object({name: z.string(), version: z.number(), description: z.string().nullable()}),
          ),
          /** A claim has to have the labels, and the model, of one of them; null is anywhere. */
          places: z.array(placeSchema).nullable(),
        }),
      },
    },
    async handler(request) {
      const places = placesOf(request);
      const named = newestOf(await models.list(callerOf(request).tenant)).filter(
        ({name}) => places === null || places.some(({model}) => model === null || model === name),
      );
      return {models: named.map(({name, version, description}) => ({name, version, description})), places};
    },
  });
}

function placesOf(request: FastifyRequest): Place[] | null {
  const scope = scopeOf(request);
  return scope === 'all' ? null : scope.map(placeOf);
}

const placeOf = (terms: readonly SelectorTerm[]): Place => ({
  selector: terms.map(({key, value}) => `${key}=${value}`).join(','),
  labels: Object.fromEntries(
    terms.filter(({key}) => key !== 'model').map(({key, value}) => [key, value] as const),
  ),
  model: terms.find(({key}) => key === 'model')?.value ?? null,
});

/** The list is in the order of names and versions. */
const newestOf = (models: readonly Model[]): Model[] => [
  ...new Map(models.map(model => [model.name, model])).values(),
];
