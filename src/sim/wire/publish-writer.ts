/** PUBLISH and its acknowledgements, encoded by hand: together they are nearly all that a device sends. */
import type {QoS} from '../../client/mqtt-connect.js';
import type {EncodedTopic} from './encoded-topic.js';
import type {OutputBuffer, OutputOwner} from './output-buffer.js';
import type {PayloadSource} from './payload-source.js';
import type {EncodedProperties} from './publish-properties.js';

/** What a PUBLISH says besides its topic and payload. */
export interface PublishDetails {
  /** From `MqttClient.nextPacketId`; needed for QoS 1 and 2. */
  readonly packetId?: number | undefined;
  /** It was sent before (MQTT 3.1.1, 3.3.1.1). */
  readonly dup?: boolean | undefined;
  readonly retain?: boolean | undefined;
  /** Only with MQTT 5. */
  readonly properties?: EncodedProperties | undefined;
  /** The device's wall clock for a `PayloadSource`, Unix epoch; now by default. */
  readonly timeMs?: number | undefined;
}

const PUBLISH = 0x30;
const DUP = 0x08;
const RETAIN = 0x01;
/** Packet type, remaining length, packet id. */
const HEADER_BYTES_MAX = 1 + 4 + 2;
/** MQTT 3.1.1, 2.2.3. */
const REMAINING_LENGTH_MAX = 268_435_455;

/** PUBACK, PUBREC, PUBREL (with its reserved flag) and PUBCOMP (MQTT 3.1.1, 3.4 to 3.7). */
export const CONFIRMATIONS = {puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70} as const;

export type Confirmation = keyof typeof CONFIRMATIONS;

/** How many bytes the last remaining length took: the next packet's is nearly always as long. */
let usualLengthBytes = 1;

/** Adds a PUBLISH to the owner's batch. */
export function writePublish(
  output: OutputBuffer,
  owner: OutputOwner,
  version: 4 | 5,
  topic: EncodedTopic,
  qos: QoS,
  payload: PayloadSource | Buffer,
  details: PublishDetails,
): void {
  const payloadBytesMax = payload instanceof Uint8Array ? payload.length : payload.maxBytes;
  const propertyBytes = version === 5 ? (details.properties?.length ?? 1) : 0;
  output.reserve(owner, HEADER_BYTES_MAX + topic.length + propertyBytes + payloadBytesMax);
  const {bytes, end: start} = output;
  const bodyAt = start + 1 + usualLengthBytes;
  bytes.set(topic, bodyAt);
  let at = bodyAt + topic.length;
  if (qos > 0) {
    bytes[at] = details.packetId! >> 8;
    bytes[at + 1] = details.packetId!;
    at += 2;
  }
  if (version === 5) {
    if (details.properties === undefined) bytes[at] = 0;
    else bytes.set(details.properties, at);
    at += propertyBytes;
  }
  if (payload instanceof Uint8Array) {
    bytes.set(payload, at);
    at += payload.length;
  } else {
    at = payload.write(bytes, at, details.timeMs ?? Date.now());
  }
  bytes[start] = PUBLISH | (details.dup ? DUP : 0) | (qos << 1) | (details.retain ? RETAIN : 0);
  output.end = finish(bytes, start, bodyAt, at);
}

/** Writes the remaining length, moving the body where that needs more or fewer bytes than usual; gives back the packet's end. */
function finish(bytes: Buffer, start: number, bodyAt: number, end: number): number {
  const remaining = end - bodyAt;
  const lengthBytes = lengthBytesOf(remaining);
  let packetEnd = end;
  if (lengthBytes !== usualLengthBytes) {
    bytes.copyWithin(start + 1 + lengthBytes, bodyAt, end);
    packetEnd += lengthBytes - usualLengthBytes;
    usualLengthBytes = lengthBytes;
  }
  let at = start + 1;
  let rest = remaining;
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at] = rest;
  return packetEnd;
}

/** MQTT 5, 1.5.5: the fewest bytes that are needed. */
function lengthBytesOf(remaining: number): 1 | 2 | 3 | 4 {
  if (remaining < 128) return 1;
  if (remaining < 16_384) return 2;
  if (remaining < 2_097_152) return 3;
  if (remaining <= REMAINING_LENGTH_MAX) return 4;
  throw new RangeError(`a packet of ${remaining} bytes; MQTT allows ${REMAINING_LENGTH_MAX}`);
}

/** Adds a PUBACK, PUBREC, PUBREL or PUBCOMP that says success. */
export function writeConfirmation(
  output: OutputBuffer,
  owner: OutputOwner,
  kind: Confirmation,
  packetId: number,
): void {
  output.reserve(owner, 4);
  const {bytes, end: at} = output;
  bytes[at] = CONFIRMATIONS[kind];
  bytes[at + 1] = 2;
  bytes[at + 2] = packetId >> 8;
  bytes[at + 3] = packetId;
  output.end = at + 4;
}
