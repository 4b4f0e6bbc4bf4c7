/** The properties of MQTT 5 that a client may send, with their types and where they may stand (MQTT 5, 2.2.2.2). */

/** Where a list of properties stands; a bit each, so that a property's places are one number. */
export const PLACE = {
  connect: 1,
  will: 2,
  publish: 4,
  acknowledgement: 8,
  subscribe: 16,
  unsubscribe: 32,
  disconnect: 64,
} as const;

export type Place = (typeof PLACE)[keyof typeof PLACE];

type PropertyType = 'byte' | 'uint16' | 'uint32' | 'varint' | 'text' | 'binary' | 'pair';

export interface PropertySpec {
  readonly name: string;
  readonly type: PropertyType;
  readonly places: number;
  /** One bit, to find a property that comes twice. */
  readonly bit: number;
  readonly min: number;
  readonly max: number;
}

const {connect, will, publish, acknowledgement, subscribe, unsubscribe, disconnect} = PLACE;
const ANYWHERE = connect | will | publish | acknowledgement | subscribe | unsubscribe | disconnect;

type Row = readonly [
  id: number,
  name: string,
  type: PropertyType,
  places: number,
  min?: number,
  max?: number,
];

/** Properties that only a server sends are missing on purpose: from a client they are malformed. */
const ROWS: readonly Row[] = [
  [0x01, 'payload format indicator', 'byte', publish | will, 0, 1],
  [0x02, 'message expiry interval', 'uint32', publish | will],
  [0x03, 'content type', 'text', publish | will],
  [0x08, 'response topic', 'text', publish | will],
  [0x09, 'correlation data', 'binary', publish | will],
  // A server sends it with PUBLISH; a client must not (MQTT-3.3.4-6).
  [0x0b, 'subscription identifier', 'varint', subscribe, 1],
  [0x11, 'session expiry interval', 'uint32', connect | disconnect],
  [0x15, 'authentication method', 'text', connect],
  [0x16, 'authentication data', 'binary', connect],
  [0x17, 'request problem information', 'byte', connect, 0, 1],
  [0x18, 'will delay interval', 'uint32', will],
  [0x19, 'request response information', 'byte', connect, 0, 1],
  [0x1c, 'server reference', 'text', disconnect],
  [0x1f, 'reason string', 'text', acknowledgement | disconnect],
  [0x21, 'receive maximum', 'uint16', connect, 1],
  [0x22, 'topic alias maximum', 'uint16', connect],
  [0x23, 'topic alias', 'uint16', publish, 1],
  [0x26, 'user property', 'pair', ANYWHERE],
  [0x27, 'maximum packet size', 'uint32', connect, 1],
];

export const USER_PROPERTY = 0x26;
export const RESPONSE_TOPIC = 0x08;
export const TOPIC_ALIAS = 0x23;

/** The specification of a property by its identifier; a sparse list. */
export const PROPERTIES: readonly (PropertySpec | undefined)[] = (() => {
  const table: (PropertySpec | undefined)[] = new Array(USER_PROPERTY + 2).fill(undefined);
  for (const [index, [id, name, type, places, min = 0, max = Infinity]] of ROWS.entries())
    table[id] = {name, type, places, bit: 1 << index, min, max};
  return table;
})();
