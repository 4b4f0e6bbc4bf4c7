/** Where uploads go: the event stream, written by the gateway and read like a tail, or the store alone. */
import type {BackfillStore, BackfillStream} from '../admin/uploads/upload-admin.js';
import type {StreamReader} from '../stream/event-stream.js';
import type {TailPorts} from '../tail/history.js';
import type {GatewayOffers} from './gateway-offers.js';
import type {Part} from './part.js';
import type {StoreOffers} from './store-offers.js';

export interface BackfillStreamParts {
  readonly gateway: Part<GatewayOffers, unknown>;
  readonly reader: StreamReader;
  readonly history: TailPorts['history'];
}

/** The store, past the stream: the gateway knows what events messages are. */
export const backfillStore = (
  gateway: Part<GatewayOffers, unknown>,
  store: Part<StoreOffers, unknown>,
): BackfillStore => ({
  async put({tenant, upload, part}, messages) {
    const events = await gateway.port.call('backfillEvents', messages);
    await store.port.call('storePart', {tenant, upload, part, events});
  },
});

export const backfillStream = ({gateway, reader, history}: BackfillStreamParts): BackfillStream => ({
  head: () => reader.head(),
  append: messages => gateway.port.call('backfill', messages),
  async appended({tenant, upload, part, fromOffset}) {
    const {tail} = await import('../tail/tail.js');
    const keys = new Set<string>();
    if (fromOffset >= reader.head()) return keys;
    const request = {tenant, type: 'telemetry', afterOffset: fromOffset - 1, follow: false};
    const ports = {history, stream: reader, onHead: () => () => undefined};
    for await (const events of tail(ports, request, new AbortController().signal)) {
      for (const {attributes} of events)
        if (attributes?.uploadid === upload && attributes.uploadpart === String(part))
          keys.add(attributes.uploadkey!);
    }
    return keys;
  },
});
