/** A topic name as a PUBLISH carries it: encoded once, copied into every packet. */
import {IotctlError} from '../../domain/errors.js';

/** Two bytes of length and the name in UTF-8 (MQTT 3.1.1, 1.5.3). */
export type EncodedTopic = Buffer;

const BYTES_MAX = 0xff_ff;

/** Throws `IOT_USAGE` for what no broker takes as a topic name (MQTT 3.1.1, 4.7). */
export function encodeTopic(name: string): EncodedTopic {
  const length = Buffer.byteLength(name);
  const why =
    length === 0
      ? 'it is empty'
      : length > BYTES_MAX
        ? `it has ${length} bytes, and ${BYTES_MAX} are allowed`
        : /[+#\0]/.test(name)
          ? '`+`, `#` and NUL are not allowed in it'
          : undefined;
  if (why !== undefined) {
    throw new IotctlError(
      'IOT_USAGE',
      `not a topic to publish to: ${JSON.stringify(name.slice(0, 120))}: ${why}`,
    );
  }
  const topic = Buffer.allocUnsafe(2 + length);
  topic.writeUInt16BE(length);
  topic.write(name, 2);
  return topic;
}
