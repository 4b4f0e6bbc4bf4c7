import type {FastifyReply, FastifyRequest} from 'fastify';
import {z} from 'zod';
import type {ProvisioningAnswer} from '../../admin/provisioning-answer.js';
import {IotctlError} from '../../domain/errors.js';
import {WISH_CHARACTERS} from '../../domain/provisioning.js';
import {originOf} from '../access.js';
import {mqttUrls} from '../device-doors.js';
import {certificateOf} from '../device-login.js';
import type {ApiPorts} from '../ports.js';
import {idParams} from '../schemas.js';
import type {Server} from '../server.js';

/** Small: it is read before anybody is known. */
const BODY_BYTES_MAX = 32 * 1024;

const textOf = ({min, max}: {min: number; max: number}) => z.string().min(min).max(max).optional();

const wish = {
  csr: textOf(WISH_CHARACTERS.csr),
  serial: textOf(WISH_CHARACTERS.serial),
  hardwareId: textOf(WISH_CHARACTERS.hardwareId),
};

const provisionedSchema = z.object({
  device: z.string(),
  tenant: z.string(),
  generation: z.string(),
  username: z.string(),
  secret: z.string().optional(),
  certificate: z.string().optional(),
  chain: z.string().optional(),
  mqttUrls: z.array(z.string()),
});

const waitingSchema = z.object({
  operationId: z.string(),
  operationToken: z.string(),
  retryAfterSec: z.number(),
});

const answers = {200: provisionedSchema, 202: waitingSchema};

/** For devices that nobody knows yet: what they show is in the request, and nothing else lets them in. */
export function provisionRoutes(server: Server, ports: ApiPorts): void {
  const {redemption, registrations} = ports.admin;
  server.route({
    method: 'POST',
    url: '/v1/provision/claim',
    bodyLimit: BODY_BYTES_MAX,
    config: {auth: 'none'},
    schema: {
      summary: 'A device redeems a claim code: for a certificate with a csr, else for a secret',
      body: z.strictObject({
        code: z.string().max(64),
        tenant: z.string().max(63).optional(),
        ...wish,
        nonce: textOf(WISH_CHARACTERS.nonce),
      }),
      response: answers,
    },
    handler: async (request, reply) =>
      sendAnswer(ports, request, reply, await redemption.redeem(originOf(request), request.body)),
  });

  server.route({
    method: 'POST',
    url: '/v1/provision/register',
    bodyLimit: BODY_BYTES_MAX,
    config: {auth: 'none'},
    schema: {
      summary:
        'A device of an enrolment group registers: by its token, or by a certificate of the group’s CA',
      body: z.strictObject({
        token: z.string().max(1024).optional(),
        certificate: z
          .string()
          .max(16 * 1024)
          .optional(),
        ...wish,
      }),
      response: answers,
    },
    handler: async (request, reply) => {
      const wanted = {...request.body, peerDer: certificateOf(request)};
      return sendAnswer(ports, request, reply, await registrations.register(originOf(request), wanted));
    },
  });

  server.route({
    method: 'GET',
    url: '/v1/provision/operations/:id',
    config: {auth: 'none'},
    schema: {
      summary: 'What became of a request that waits for a person; with the operation’s token, as Bearer',
      params: idParams,
      response: answers,
    },
    async handler(request, reply) {
      const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const {id} = request.params;
      const origin = originOf(request);
      const answer =
        (await redemption.resume(origin, id, token)) ?? (await registrations.resume(origin, id, token));
      if (!answer) throw new IotctlError('IOT_NOT_FOUND', 'there is no such operation for this token');
      return sendAnswer(ports, request, reply, answer);
    },
  });
}

function sendAnswer(
  ports: ApiPorts,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: ProvisioningAnswer,
): FastifyReply {
  if (answer.status === 'done')
    return reply.status(200).send({...answer.provisioned, mqttUrls: mqttUrls(ports, request)});
  const {status: _, ...waiting} = answer;
  return reply.status(202).header('retry-after', waiting.retryAfterSec).send(waiting);
}
