import {z} from 'zod';
import {loginOf} from '../device-login.js';
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
        summary: 'Telemetry of a device, with its own credential (HTTP Basic); answered once it is on disk',
        consumes: [BYTES],
        body: z.unknown(),
        params: idParams,
        querystring: z.strictObject({component: z.string().default('')}),
        response: {202: z.object({offset: z.number()})},
      },
      async handler(request, reply) {
        const {id} = request.params as {id: string};
        const login = loginOf(request, id);
        const {component} = request.query as {component: string};
        const payload = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        return reply.status(202).send({offset: await ports.ingest({...login, component, payload})});
      },
    });
  });
}
