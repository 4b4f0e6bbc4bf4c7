/** Connects the API to the parts: each of its ports is one of their functions. */
import {open} from 'node:fs/promises';
import type {ApiPorts} from '../api/ports.js';
import type {CommandControl} from '../control/command-control.js';
import type {PlatformStatus} from '../domain/status.js';
import type {Registry} from '../registry/registry.js';
import type {StreamReader} from '../stream/event-stream.js';
import type {GatewayOffers} from './gateway-offers.js';
import {type PlatformLog, readable} from './log.js';
import type {Part} from './part.js';
import type {StoreOffers} from './store-offers.js';

export interface PortSources {
  readonly registry: Registry;
  readonly control: CommandControl;
  readonly gateway: Part<GatewayOffers, unknown>;
  readonly store: Part<StoreOffers, unknown>;
  readonly reader: StreamReader;
  readonly log: PlatformLog;
  readonly logFile: string;
  status(): Promise<PlatformStatus>;
  onHead(listener: (head: number) => void): () => void;
  shutdown(): void;
}

/** The end of the log is looked for in this much of the file. */
const LOG_BYTES_READ = 4 * 1024 * 1024;

export function apiPorts(sources: PortSources): ApiPorts {
  const {registry, control, gateway, store, reader, log, logFile} = sources;
  return {
    async authenticate(secret) {
      const token = await registry.tokens.authenticate(secret, Date.now());
      return token?.kind === 'admin' ? {tenant: token.tenant, name: token.name} : undefined;
    },
    devices: devicePorts(registry, control),
    tokens: tokenPorts(registry),
    commands: {
      send: (caller, device, {name, data, ttlMs}) =>
        control.send({
          tenant: caller.tenant,
          device,
          name,
          data,
          ttlMs,
          requestedBy: `token:${caller.name}`,
          allowedBy: 'token kind admin',
        }),
      wait: (tenant, id, waitMs) => control.wait(tenant, id, waitMs),
      get: (tenant, id) => registry.commands.get(tenant, id),
      async listFor(tenant, device) {
        await registry.devices.get(tenant, device);
        return await registry.commands.listFor(tenant, device, 100);
      },
      cancel: (tenant, id) => control.cancel(tenant, id),
    },
    ingest: request => gateway.port.call('ingest', request),
    history: (tenant, query) => store.port.call('events', {tenant, filter: present(query)}),
    stream: reader,
    onHead: listener => sources.onHead(listener),
    query: (tenant, query) => store.port.call('query', {tenant, query}),
    status: () => sources.status(),
    recentLog: lines => lastLines(logFile, lines),
    onLogLine: listener => log.onLine(listener),
    shutdown: () => sources.shutdown(),
  };
}

/** Leaves out what is undefined. */
const present = <Shape extends object>(
  shape: Shape,
): {[Key in keyof Shape]: Exclude<Shape[Key], undefined>} =>
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as never;

function devicePorts(registry: Registry, control: CommandControl): ApiPorts['devices'] {
  return {
    create: (tenant, devices, {ifNotExists}) =>
      registry.devices.create(tenant, devices, {ifNotExists, nowMs: Date.now()}),
    get: (tenant, id) => registry.devices.get(tenant, id),
    list: (tenant, page) => registry.devices.list(tenant, page),
    async retire(tenant, id) {
      const device = await registry.devices.retire(tenant, id, Date.now());
      registry.identityChanged({tenant, name: id, usable: false});
      await control.cancelAll(tenant, id, 'the device was retired');
      return device;
    },
    async remove(tenant, id, {force}) {
      await registry.devices.remove(tenant, id, {force});
      registry.identityChanged({tenant, name: id, usable: false});
      await control.cancelAll(tenant, id, 'the device was deleted');
    },
  };
}

function tokenPorts(registry: Registry): ApiPorts['tokens'] {
  return {
    async create(tenant, token) {
      const created = await registry.tokens.create(tenant, token, Date.now());
      registry.identityChanged({tenant, name: token.name, usable: true});
      return created;
    },
    list: tenant => registry.tokens.list(tenant),
    async remove(tenant, name) {
      await registry.tokens.remove(tenant, name);
      registry.identityChanged({tenant, name, usable: false});
    },
  };
}

async function lastLines(file: string, lines: number): Promise<string[]> {
  const handle = await open(file, 'r');
  try {
    const {size} = await handle.stat();
    const from = Math.max(0, size - LOG_BYTES_READ);
    const {buffer, bytesRead} = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    const all = buffer.toString('utf8', 0, bytesRead).split('\n').filter(Boolean);
    const whole = from > 0 ? all.slice(1) : all;
    return lines === 0
      ? []
      : whole.slice(-lines).map(line => readable(JSON.parse(line) as Parameters<typeof readable>[0]));
  } finally {
    await handle.close();
  }
}
