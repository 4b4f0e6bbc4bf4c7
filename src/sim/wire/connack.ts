/** What a CONNACK says about the broker. */
import type {IConnackPacket} from 'mqtt-packet';
import type {ConnackDetails} from './mqtt-client-options.js';

/** MQTT 5, 3.2.2.3.3. */
const RECEIVE_MAXIMUM_DEFAULT = 65_535;

export function connackDetails({sessionPresent, properties = {}}: IConnackPacket): ConnackDetails {
  return {
    sessionPresent,
    receiveMaximum: properties.receiveMaximum ?? RECEIVE_MAXIMUM_DEFAULT,
    maximumQos: (properties.maximumQoS ?? 2) as 0 | 1 | 2,
    retainAvailable: properties.retainAvailable ?? true,
    maximumPacketBytes: properties.maximumPacketSize,
    assignedClientId: properties.assignedClientIdentifier,
    serverKeepAliveSec: properties.serverKeepAlive,
    sessionExpirySec: properties.sessionExpiryInterval,
    wildcardsAvailable: properties.wildcardSubscriptionAvailable ?? true,
    sharedSubscriptionsAvailable: properties.sharedSubscriptionAvailable ?? true,
  };
}
