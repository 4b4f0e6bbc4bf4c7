/** Bytes that are no MQTT, or a packet that must not come now. Whoever reads packets ends the connection with it. */
export class MalformedPacket extends Error {
  override readonly name = 'MalformedPacket';
}
