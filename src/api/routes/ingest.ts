import {z} from 'zod';
import {IotctlError} from '../../domain/errors.js';
import {parseUsername} from '../../domain/identity.js';
import type {ApiPorts} from '../ports.js';
import {idParams} from '../schemas.js';
import type {Server} from '../server.js';

/** Above a device's payload, so that its own limit is the one that answers. */
const BODY_BYTES_MAX = 260 * 1024;

const BYTES = 'application/octet-stream';

/** The device's way in without MQTT: same payload, same limits, and answered only once it is on disk. */
export function ingestRoute(server: Server, ports: ApiPorts): void {
  server.register(async scope => {
    // Whatever a device sends, and whatever it calls it, is kept as it is: nothing is parsed here.
    scope.addHook('onRequest', async ({raw}) => {
      raw.headers['content-type'] = BYTES;
    });
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(BYTES, {parseAs: 'buffer'}, (_request, body, done) => done(null, body));
    scope.route({
      method: 'POST',
      url: '/v1/devices/:id/telemetry',
      config: {auth: 'device'},
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        security: [{device: []}],
        summary: 'Telemetry of a device, with its own credential (HTTP Basic); answered once it is on disk',
        consumes: [BYTES],
        body: z.unknown(),
        params: idParams,
        querystring: z.strictObject({component: z.string().default('')}),
        response: {202: z.object({offset: z.number()})},
      },
      async handler(request, reply) {
        const {username, secret} = basicOf(request.headers.authorization);
        const {id} = request.params as {id: string};
        if (parseUsername(username)?.name !== id) {
          throw new IotctlError('IOT_DEVICE_UNKNOWN', `no device ${JSON.stringify(id)} for this credential`);
        }
        const {component} = request.query as {component: string};
        const payload = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        return reply.status(202).send({offset: await ports.ingest({username, secret, component, payload})});
      },
    });
  });
}

/** RFC 7617: the user name has an `@`, and no `:` before the secret's, except in the device's own name. */
function basicOf(header: string | undefined): {username: string; secret: string} {
  const encoded = /^Basic (\S+)$/i.exec(header ?? '')?.[1] ?? '';
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.lastIndexOf(':');
  if (colon < 0)
    throw new IotctlError('IOT_UNAUTHENTICATED', 'a device sends its user name and secret as HTTP Basic');
  return {username: text.slice(0, colon), secret: text.slice(colon + 1)};
}
