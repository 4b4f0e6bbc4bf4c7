/** What the gateway asks of the main thread, and tells it. */
import type {Foundation} from './foundation.js';
import type {OffersToGateway} from './gateway-offers.js';
import {provisionByMqtt} from './mqtt-provisioning.js';
import type {Services} from './services.js';

/** `services` gives none while the platform is not yet so far: what is committed until then is read from the stream. */
export function offersToGateway(
  {registry, log, quietly, logNotice}: Foundation,
  services: () => Services | undefined,
  onHead: (head: number) => void,
): Omit<OffersToGateway, 'ready'> {
  return {
    provision: question =>
      provisionByMqtt(services()!.office.admin, question, error =>
        log.logger.error({part: 'provisioning', stack: error.stack}, error.message),
      ),
    identify: leafDer => services()!.office.identify(leafDer),
    loadModel: async ({tenant, name, version}) => (await registry.models.find(tenant, {name, version}))?.spec,
    modelFaults: faults => quietly(registry.models.addFaults(faults)),
    lookUp: requests => registry.identities.lookUp(requests),
    committed: ({head, notable}) => {
      onHead(head);
      services()?.committed(head, notable);
    },
    commandReady: ({tenant, device}) => quietly(services()?.control.deviceOnline(tenant, device)),
    delivered: ({id}) => quietly(services()?.control.onDelivered(id)),
    undelivered: ({ids}) => {
      for (const id of ids) quietly(services()?.control.onUndelivered(id));
    },
    twinsWanted: devices => services()?.desired.wanted(devices),
    seen: devices => quietly(registry.connectivity.applySeen(devices)),
    refused: peers => quietly(services()?.refused(peers)),
    used: uses => quietly(services()?.used(uses)),
    log: notice => logNotice('gateway', notice),
  };
}
