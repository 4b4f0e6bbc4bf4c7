/** The OpenAPI document, made from the schemas that validate. */
import swagger, {type SwaggerTransform} from '@fastify/swagger';
import type {FastifyContextConfig, FastifyInstance} from 'fastify';
import {createJsonSchemaTransform} from 'fastify-type-provider-zod';
import {problemSchema} from './schemas.js';

/** What every route may answer beside its own answers. */
const PROBLEM = {
  description: 'What failed, with a code (RFC 9457)',
  content: {'application/problem+json': {schema: problemSchema}},
};

export async function describeRoutes(server: FastifyInstance, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {title: 'iotctl', version, description: 'An IoT platform on one machine.'},
      components: {
        securitySchemes: {token: {type: 'http', scheme: 'bearer'}, device: {type: 'http', scheme: 'basic'}},
      },
      security: [{token: []}],
    },
    transform: newTransform(),
  });
}

/** One for each server: it remembers which schemas there were when it was first used. */
function newTransform(): SwaggerTransform {
  const transform = createJsonSchemaTransform({});
  return input =>
    transform({
      ...input,
      schema: {
        ...input.schema,
        ...rightOf(input.route.config),
        response: {...(input.schema?.response as object), default: PROBLEM},
      },
    } as Parameters<typeof transform>[0]);
}

/** Who may use a route: a permission of ours, named beside the standard's own `security`. */
const rightOf = ({permission, auth}: FastifyContextConfig = {}): object => ({
  'x-permission': permission ?? null,
  ...(auth === 'none' ? {security: []} : auth === 'device' ? {security: [{device: []}]} : {}),
});
