/** Twins from end to end in one thread: a real gateway and event stream, a real registry, and what connects them. */
import {setImmediate as othersTurn} from 'node:timers/promises';
import pino from 'pino';
import {Changes} from '../../src/admin/changes.js';
import type {IdentityNews} from '../../src/admin/news.js';
import {TwinAdmin, type TwinChange} from '../../src/admin/twin-admin.js';
import {DesiredDelivery} from '../../src/control/desired-delivery.js';
import {type RefusedReport, TwinReports} from '../../src/control/twin-reports.js';
import type {JsonObject} from '../../src/domain/json.js';
import {deviceErrorOf} from '../../src/platform/gateway-links.js';
import {NotableConsumer} from '../../src/platform/notable-consumer.js';
import {AuditAggregate} from '../../src/registry/audit-aggregate.js';
import {openRegistry} from '../../src/registry/registry.js';
import {openStreamReader} from '../../src/stream/lmdb-stream.js';
import {startGateway} from './start-gateway.js';
import {temporaryFolder} from './temporary-folder.js';
import {testKeys} from './test-keys.js';

const TENANT = 'default';
const ORIGIN = {
  caller: undefined,
  actor: {kind: 'system', name: 'test'},
  address: null,
  userAgent: null,
  traceId: null,
} as const;
const NOTHING = (): void => undefined;

/** As threads send each other messages: in their order, and a while later. */
class SlowChannel {
  readonly #waiting: (() => void)[] = [];
  #delivery: Promise<void> | undefined;

  constructor(private readonly turns: () => number) {}

  send(act: () => void): void {
    const turns = this.turns();
    if (turns === 0) act();
    else {
      this.#waiting.push(act);
      this.#delivery ??= this.#deliver(turns);
    }
  }

  async drained(): Promise<void> {
    await this.#delivery;
  }

  async #deliver(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await othersTurn();
    this.#delivery = undefined;
    for (const act of this.#waiting.splice(0)) act();
  }
}

/** Devices `pump-7`, `pump-8` and `sensor-1`, which lists `pump-7` as its gateway. */
export async function startTwins({turns = () => 0}: {turns?: () => number} = {}) {
  const toGateway = new SlowChannel(turns);
  const toMain = new SlowChannel(turns);
  const folder = await temporaryFolder();
  const registry = await openRegistry(folder.path, testKeys());
  await registry.bootstrap(Date.now());
  const wanted = [{id: 'pump-7'}, {id: 'pump-8'}, {id: 'sensor-1', via: ['pump-7']}];
  const made = await registry.createDevices(TENANT, wanted, {
    ifNotExists: false,
    credential: null,
    createdBy: 'test',
    nowMs: Date.now(),
  });
  const faults: string[] = [];
  const refused: RefusedReport[] = [];
  const desired = new DesiredDelivery({
    registry,
    send: documents =>
      toGateway.send(() => {
        for (const document of documents) gateway.gateway.twins.whole(document);
      }),
    onFault: error => faults.push(error.message),
  });
  const reports = new TwinReports(registry, some => {
    refused.push(...some);
    for (const report of some) gateway.gateway.devices.tellError(deviceErrorOf(report));
  });
  const gateway = await startGateway(
    undefined,
    {},
    {
      twinWanted: twin => toMain.send(() => desired.wanted([twin])),
      registry({devices}) {
        for (const {device} of made) {
          const known = devices.get(`${TENANT}/${device.id}`);
          if (known) devices.set(`${TENANT}/${device.id}`, {...known, generation: device.generation});
        }
        const pump = devices.get(`${TENANT}/pump-7`)!;
        devices.set(`${TENANT}/pump-7`, {...pump, children: new Map([['sensor-1', undefined]])});
      },
    },
  );
  const reader = await openStreamReader(`${gateway.home}/stream`);
  const consumer = new NotableConsumer(
    reader,
    {
      connectivity: async () => undefined,
      command: async () => undefined,
      tamper: async () => undefined,
      twins: events => reports.apply(events),
      streamBegins: head => registry.twins.forgetOffsetsFrom(head),
    },
    pino({level: 'error'}, {write: (line: string) => faults.push(line)}),
  );
  await consumer.start();
  gateway.stream.onCommit(head =>
    setImmediate(() => consumer.committed(head, gateway.told.notable.splice(0))),
  );
  const news: IdentityNews = {
    identity: NOTHING,
    tenant: NOTHING,
    authorities: NOTHING,
    devices: NOTHING,
    twins: changes =>
      toGateway.send(() => {
        for (const change of changes) gateway.gateway.twins.patch(change);
      }),
  };
  const refusals = new AuditAggregate(entry => registry.record(entry));
  const admin = new TwinAdmin({registry, news, changes: new Changes(registry, refusals, NOTHING)});

  return {
    gateway,
    registry,
    reports,
    faults,
    refused,
    get: (device: string) => admin.get({tenant: TENANT, id: device}),
    change: (device: string, change: TwinChange) =>
      admin.change(ORIGIN, {tenant: TENANT, id: device}, change),
    desire: (device: string, document: JsonObject) =>
      admin.change(ORIGIN, {tenant: TENANT, id: device}, {section: 'desired', replace: false, document}),

    async [Symbol.asyncDispose]() {
      await consumer.close();
      await toMain.drained();
      await desired.close();
      await toGateway.drained();
      await reader.close();
      await gateway[Symbol.asyncDispose]();
      await refusals.flush();
      await registry.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
