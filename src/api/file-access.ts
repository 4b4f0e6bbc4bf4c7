/** The two ways to a file: of whoever has a token that allows it, and of a device with its own credential. */
import type {FastifyContextConfig, FastifyRequest} from 'fastify';
import {z} from 'zod';
import type {Origin} from '../admin/origin.js';
import {decideOnDevice} from '../domain/access.js';
import {IotctlError} from '../domain/errors.js';
import type {StoredFile} from '../domain/file.js';
import type {Permission} from '../domain/permission.js';
import {callerOf, originOf, permissionOf, scopeOf} from './access.js';
import {deviceSender} from './device-login.js';
import type {ApiPorts} from './ports.js';
import {idParams} from './schemas.js';

export interface FileAccess {
  /** The path of one file. */
  readonly url: string;
  readonly params: typeof idParams;
  /** What the summary of a route adds. */
  readonly note: string;
  config(permission: Permission): FastifyContextConfig;
  /** The file that a request names. Throws `IOT_NOT_FOUND` for one that its sender may not see, as for none. */
  find(request: FastifyRequest): Promise<{origin: Origin; tenant: string; file: StoredFile}>;
}

export const accessByToken = (ports: ApiPorts): FileAccess => ({
  url: '/v1/files/:id',
  params: idParams,
  note: '',
  config: permission => ({permission}),
  async find(request) {
    const {id} = request.params as z.output<typeof idParams>;
    const {tenant, access} = callerOf(request);
    const file = await ports.admin.files.get(tenant, id);
    const found = {origin: originOf(request), tenant, file};
    if (scopeOf(request) === 'all') return found;
    const facts = file.device === null ? undefined : await ports.deviceFacts(tenant, file.device);
    if (facts && decideOnDevice(access, permissionOf(request), facts).allowed) return found;
    throw unknown(id);
  },
});

const deviceFileParams = idParams.extend({file: z.string()});

export const accessOfDevice = (ports: ApiPorts): FileAccess => ({
  url: '/v1/devices/:id/files/:file',
  params: deviceFileParams,
  note: ', with the device’s own credential',
  config: () => ({auth: 'device'}),
  async find(request) {
    const {id, file: wanted} = request.params as z.output<typeof deviceFileParams>;
    const {origin, tenant, device} = await deviceSender(ports, request, id);
    const file = await ports.admin.files.get(tenant, wanted);
    if (file.device === device) return {origin, tenant, file};
    throw unknown(wanted);
  },
});

const unknown = (id: string): IotctlError =>
  new IotctlError('IOT_NOT_FOUND', `no file ${JSON.stringify(id.slice(0, 80))} in this tenant`);
