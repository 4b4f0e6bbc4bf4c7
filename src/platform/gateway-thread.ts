/** The gateway thread: the sockets, the broker and the one writer of the event stream. */
import {type MessagePort, parentPort, workerData} from 'node:worker_threads';
import {Gateway} from '../broker/gateway.js';
import {openSessionPersistence} from '../broker/sessions/session-persistence.js';
import {openStreamWriter} from '../stream/lmdb-stream.js';
import type {GatewayOffers, GatewayThreadData, OffersToGateway} from './gateway-offers.js';
import {ThreadPort} from './thread-port.js';

const {host, ports, retention, streamFolder, sessionsFolder} = workerData as GatewayThreadData;

/** Devices' last signs of life are told to the registry this often, all at once. */
const SEEN_EVERY_MS = 5000;

async function run(channel: MessagePort): Promise<void> {
  const main: ThreadPort<OffersToGateway> = new ThreadPort<OffersToGateway>(channel, {
    append: event => gateway.append(event),
    ingest: request => gateway.ingestHttp(request),
    deliver: delivery => gateway.deliver(delivery),
    identityChanged: change => {
      gateway
        .identityChanged(change)
        .catch(error => main.notify('log', {level: 'error', message: String(error)}));
    },
    report: () => gateway.report(),
    close,
  } satisfies GatewayOffers);

  const stream = await openStreamWriter(streamFolder, retention);
  const sessions = openSessionPersistence(sessionsFolder, {
    onDropped: (sessionId, {topic}, reason) => gateway.messageDropped({sessionId, topic, reason}),
    onRetainedRefused: ({topic}, reason) => gateway.messageDropped({sessionId: '', topic, reason}),
  });
  let notable: number[] = [];
  const gateway = new Gateway({
    host,
    ports,
    stream,
    sessions,
    lookUp: request => main.call('lookUp', request),
    listener: {
      notable: offset => notable.push(offset),
      commandReady: device => main.notify('commandReady', device),
      delivered: command => main.notify('delivered', command),
      undelivered: commands => main.notify('undelivered', commands),
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
  }, SEEN_EVERY_MS);

  async function close(): Promise<void> {
    clearInterval(seenTimer);
    await gateway.close();
    await sessions.destroy();
    await stream.close();
  }

  main.notify('ready', await gateway.start());
}

await run(parentPort!);
