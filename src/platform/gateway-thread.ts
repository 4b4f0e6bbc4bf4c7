/** The gateway thread: the sockets, the broker and the one writer of the event stream. */
import {type MessagePort, parentPort, workerData} from 'node:worker_threads';
import {Gateway} from '../broker/gateway.js';
import type {LookUpRequest} from '../broker/identity-cache.js';
import {openSessionPersistence} from '../broker/sessions/session-persistence.js';
import {openStreamWriter} from '../stream/lmdb-stream.js';
import type {GatewayOffers, GatewayThreadData, OffersToGateway} from './gateway-offers.js';
import {GatheredCalls} from './gathered-calls.js';
import {GatheredNotices} from './gathered-notices.js';
import {LoopDelay} from './loop-delay.js';
import {ThreadPort} from './thread-port.js';

const {host, ports, tls, limits, bans, retention, streamFolder, sessionsFolder} =
  workerData as GatewayThreadData;

/** Devices' last signs of life are told to the registry this often, all at once. */
const SEEN_EVERY_MS = 5000;

async function run(channel: MessagePort): Promise<void> {
  const main: ThreadPort<OffersToGateway> = new ThreadPort<OffersToGateway>(channel, {
    append: event => gateway.append(event),
    backfill: messages => gateway.backfill(messages),
    backfillEvents: messages => gateway.backfillEvents(messages),
    ingest: request => gateway.http.ingest(request),
    deliver: delivery => gateway.devices.deliver(delivery),
    wholeTwins(twins) {
      for (const twin of twins) gateway.twins.whole(twin);
    },
    twinPatches(patches) {
      for (const patch of patches) gateway.twins.patch(patch);
    },
    deviceErrors(errors) {
      for (const error of errors) gateway.devices.tellError(error);
    },
    identityChanged: change => quietly(gateway.standing.identityChanged(change)),
    async authenticate(login) {
      const device = await gateway.http.authenticate(login);
      return device && {tenant: device.tenant, device: device.device};
    },
    tenantChanged: change => quietly(gateway.standing.tenantChanged(change)),
    devicesChanged: change => quietly(gateway.standing.devicesChanged(change)),
    forgetTenant: tenant => gateway.standing.forgetTenant(tenant),
    storageFull: ({tenant, full}) => gateway.setStorageFull(tenant, full),
    usage: tenant => gateway.usage(tenant),
    bans: () => gateway.standing.bans,
    ban: added => gateway.standing.ban(added),
    unban: id => gateway.standing.unban(id),
    report: () => ({...gateway.report(), loopDelayMsMax: loopDelay.takeMsMax()}),
    close,
  } satisfies GatewayOffers);

  const loopDelay = new LoopDelay();

  /** For work that nobody waits for: a failure is logged. */
  function quietly(work: Promise<unknown>): void {
    work.catch(error => main.notify('log', {level: 'error', message: String(error)}));
  }

  const stream = await openStreamWriter(streamFolder, retention);
  const sessions = openSessionPersistence(sessionsFolder, {
    onDropped: (sessionId, {topic}, reason) => gateway.messageDropped({sessionId, topic, reason}),
    onRetainedRefused: ({topic}, reason) => gateway.messageDropped({sessionId: '', topic, reason}),
  });
  const lookUps = new GatheredCalls((requests: readonly LookUpRequest[]) => main.call('lookUp', requests));
  const twinsWanted = new GatheredNotices((devices: readonly {tenant: string; device: string}[]) =>
    main.notify('twinsWanted', devices),
  );
  let notable: number[] = [];
  const gateway = new Gateway({
    host,
    ports,
    tls,
    limits,
    bans,
    stream,
    sessions,
    lookUp: request => lookUps.call(request),
    loadModel: request => main.call('loadModel', request),
    provision: question => main.call('provision', question),
    identify: leafDer => main.call('identify', leafDer),
    listener: {
      notable: offset => notable.push(offset),
      commandReady: device => main.notify('commandReady', device),
      delivered: command => main.notify('delivered', command),
      undelivered: commands => main.notify('undelivered', commands),
      twinWanted: twin => twinsWanted.add(twin),
      fault: message => main.notify('log', {level: 'error', message}),
    },
  });
  stream.onCommit(head => {
    // After the callbacks of this commit, which is when its notable offsets are known.
    setImmediate(() => {
      main.notify('committed', {head, notable});
      notable = [];
    });
  });
  const seenTimer = setInterval(() => {
    const seen = gateway.takeSeen();
    if (seen.length > 0) main.notify('seen', seen);
    const {refused, used, faults} = gateway.takeTellings();
    if (refused.length > 0) main.notify('refused', refused);
    if (used.length > 0) main.notify('used', used);
    if (faults.length > 0) main.notify('modelFaults', faults);
  }, SEEN_EVERY_MS);

  async function close(): Promise<void> {
    clearInterval(seenTimer);
    loopDelay.close();
    await gateway.close();
    await sessions.destroy();
    await stream.close();
  }

  main.notify('ready', await gateway.start());
}

await run(parentPort!);
