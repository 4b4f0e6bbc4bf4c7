/** Gives a PUBLISH another topic: for topics that the gateway rewrites, and for those that a topic alias stood for. */
import type {PublishReader} from './publish.js';

/** The topic alias property: identifier and two bytes. */
const ALIAS_BYTES = 3;

/**
 * A new PUBLISH like the one that `publish` has just read from `buffer`, starting at `start`, with `topic` in full
 * and without a topic alias.
 */
export function replaceTopic(buffer: Buffer, start: number, publish: PublishReader, topic: string): Buffer {
  const properties = propertiesWithoutAlias(buffer, publish);
  const id = publish.qos === 0 ? 0 : 2;
  const topicBytes = Buffer.byteLength(topic);
  const payloadBytes = publish.payloadEnd - publish.payloadStart;
  const header = varint(2 + topicBytes + id + properties.length + payloadBytes);
  const bodyStart = 1 + header.length;
  const packet = Buffer.allocUnsafe(bodyStart + 2 + topicBytes + id + properties.length + payloadBytes);
  packet[0] = buffer[start]!;
  header.copy(packet, 1);
  packet.writeUInt16BE(topicBytes, bodyStart);
  packet.write(topic, bodyStart + 2);
  let at = bodyStart + 2 + topicBytes;
  if (id > 0) at = packet.writeUInt16BE(publish.packetId, at);
  at += properties.copy(packet, at);
  buffer.copy(packet, at, publish.payloadStart, publish.payloadEnd);
  return packet;
}

/** The list with its length, as it goes into a packet; nothing at all where the version has no properties. */
function propertiesWithoutAlias(buffer: Buffer, publish: PublishReader): Buffer {
  const {aliasAt, propertiesStart, propertiesEnd} = publish;
  // MQTT 5 has at least the length, so that the list never begins where the topic or the packet id ends.
  if (propertiesStart === publish.topicEnd + (publish.qos === 0 ? 0 : 2)) return Buffer.alloc(0);
  const all = buffer.subarray(propertiesStart, propertiesEnd);
  if (aliasAt < 0) return Buffer.concat([varint(all.length), all]);
  return Buffer.concat([
    varint(all.length - ALIAS_BYTES),
    buffer.subarray(propertiesStart, aliasAt),
    buffer.subarray(aliasAt + ALIAS_BYTES, propertiesEnd),
  ]);
}

/** A variable byte integer (MQTT 5, 1.5.5). */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const more = rest > 0x7f;
    bytes.push((rest % 0x80) | (more ? 0x80 : 0));
    rest = Math.floor(rest / 0x80);
  } while (rest > 0);
  return Buffer.from(bytes);
}
