/** What aedes asks of us: who may connect, publish, subscribe and receive. */
import type {AedesOptions, AedesPublishPacket, AuthenticateError, Client, PublishPacket} from 'aedes';
import type {Identity} from '../domain/identity.js';
import {serviceMayPublish} from '../domain/topic.js';
import {mayLeaveWill, mayReceive, maySubscribe, type Speaker, spokenBy} from './access.js';
import type {Connection} from './connection.js';
import {type Admission, CONNECT_ANSWERS, type ConnectAnswer, type Doorkeeper} from './doorkeeper.js';
import {eventOfPublish} from './event-of-publish.js';
import type {Ingest} from './ingest.js';
import type {ModelChecks} from './model-checks.js';
import {CUT_OFF_BYTES} from './outbound.js';
import type {Refusals} from './refusals.js';
import {clientIdOfSession, ownerOfSession, ownsSession, type SessionOwner} from './session.js';

/** Filters that one session may hold; the next one is refused. */
export const SUBSCRIPTIONS_MAX = 100;

/** Bytes on their way to a subscriber above which messages of QoS 0 are dropped for it alone. */
const SHED_BYTES = 512 * 1024;

/** MQTT 3.1.1, 3.2.2.3: CONNACK return codes. */
const BAD_USER_NAME_OR_PASSWORD = 4;
const NOT_AUTHORIZED = 5;
/** MQTT 5.0, 3.2.2.2. */
const NOT_AUTHORIZED_5 = 0x87;

export interface HookContext {
  readonly doorkeeper: Doorkeeper;
  /** False when the tenant has as many connections as it may. */
  hasRoom(connection: Connection, admission: Admitted): boolean;
  /** It is let in, with what it logged in with. */
  admitted(connection: Connection, admission: Admitted): void;
  /** May a message be retained, or has the tenant as many as it may? */
  mayRetain(tenant: string, packet: PublishPacket): boolean;
  readonly ingest: Ingest;
  readonly refusals: Refusals;
  readonly models: ModelChecks;
  /** A device asks for the desired document of its own twin, or of a child's. */
  twinWanted(connection: Connection, device: string): void;
  /** Was this QoS 2 packet stored before? Then it is a repetition and is not appended again. */
  isRepeated(client: Client, packet: PublishPacket): Promise<boolean>;
  /** May this owner of a will that outlived its connection still say that? */
  mayStillSpeak(owner: SessionOwner, topic: string): Promise<boolean>;
}

export type Admitted = Extract<Admission, {ok: true}>;

export const connectionOf = (client: Client): Connection => client.conn as unknown as Connection;

export type Hooks = Required<
  Pick<
    AedesOptions,
    'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'
  >
>;

export function brokerHooks(context: HookContext): Hooks {
  return {
    preConnect(client, packet, callback) {
      packet.clientId = connectionOf(client).claimedSessionId;
      callback(null, true);
    },
    authenticate(client, username, password, done) {
      void authenticate(context, client, username, password).then(
        refusal => done(refusal ?? null, refusal === undefined),
        (error: Error) => done(refusalOf(3, error.message), false),
      );
    },
    authorizePublish(client, packet, callback) {
      void authorizePublish(context, client, packet).then(
        refused => callback(refused ? new Error(refused) : null),
        (error: Error) => callback(error),
      );
    },
    authorizeSubscribe(client, subscription, callback) {
      callback(null, maySubscribeNow(context, client, subscription.topic) ? subscription : null);
    },
    authorizeForward: (client, packet) => forward(context, client, packet),
  };
}

async function authenticate(
  context: HookContext,
  client: Client,
  username: string | undefined,
  password: Buffer | undefined,
): Promise<AuthenticateError | undefined> {
  const connection = connectionOf(client);
  const {sentClientId: clientId, certificate, address} = connection;
  const login = {username: username ?? '', password: password ?? Buffer.alloc(0), clientId, certificate};
  const admission = await context.doorkeeper.admit(login, address);
  if (!admission.ok) return refuseConnect(connection, admission.reason, admission.answer);
  // Whoever left meanwhile takes no place.
  if (connection.destroyed) return refusalOf(CONNECT_ANSWERS.busy.v3, 'the connection has ended');
  const {identity} = admission;
  const {will} = connection;
  if (will && !mayLeaveWill(identity, will.topic)) {
    connection.refuse(`will topic ${will.topic} is not its own`);
    return refusalOf(NOT_AUTHORIZED, 'will topic');
  }
  if (!ownsSession(identity, connection.claimedSessionId)) {
    connection.refuse('a token’s secret with a device’s name, or the other way round');
    return refusalOf(BAD_USER_NAME_OR_PASSWORD, 'credential');
  }
  if (!context.hasRoom(connection, admission))
    return refuseConnect(connection, 'the tenant has as many connections as it may', CONNECT_ANSWERS.quota);
  connection.admit(identity, client);
  context.admitted(connection, admission);
  mendSession(client as MendedClient, connection);
  return undefined;
}

/** aedes knows the five codes of MQTT 3.1.1 and what they are in MQTT 5; the others are answered here. */
function refuseConnect(connection: Connection, reason: string, answer: ConnectAnswer): AuthenticateError {
  connection.refuse(reason);
  if (answer.v5 > NOT_AUTHORIZED_5) connection.answerConnect(answer);
  return refusalOf(answer.v3, reason);
}

/** Internals of exactly this version of aedes that two of its faults are mended with. */
type MendedClient = Client & {clean: boolean; _assignedClientId: string | undefined};

function mendSession(
  client: MendedClient,
  {connect, sentClientId, claimedSessionId, identity}: Connection,
): void {
  if (connect?.version !== 5) return;
  // An empty client id is answered with the one that was chosen (MQTT 5.0, 3.2.2.3.7).
  if (sentClientId === '') {
    client._assignedClientId =
      identity?.kind === 'device' ? identity.device : clientIdOfSession(claimedSessionId);
  }
  // A session that is resumed without an expiry still gets what was queued for it; it ends with this connection.
  if (!connect.clean && connect.properties.sessionExpirySec === 0) client.clean = false;
}

const refusalOf = (returnCode: number, message: string): AuthenticateError =>
  Object.assign(new Error(message), {returnCode});

/** Resolves to the reason of a refusal. Telemetry of QoS 0 and 1 does not come this way; wills and QoS 2 do. */
async function authorizePublish(
  context: HookContext,
  client: Client | null,
  packet: PublishPacket,
): Promise<string | undefined> {
  const connection = client ? connectionOf(client) : undefined;
  const identity = connection?.identity;
  if (identity) {
    if (connection.revoked) return 'credential was revoked';
    return await publishAs(context, client!, identity, packet);
  }
  const owner = ownerOfSession((packet as PublishPacket & {clientId?: string}).clientId ?? '');
  if (!owner || !(await context.mayStillSpeak(owner, packet.topic)))
    return 'the will’s owner may not speak any more';
  if (owner.kind === 'service') return undefined;
  return await appendAs(context, {tenant: owner.tenant, device: owner.name}, packet);
}

async function publishAs(
  context: HookContext,
  client: Client,
  identity: Identity,
  packet: PublishPacket,
): Promise<string | undefined> {
  if (identity.kind === 'service') {
    if (serviceMayPublish(packet.topic, identity)) {
      if (!packet.retain || context.mayRetain(identity.tenant, packet)) return undefined;
      context.refusals.report({
        type: 'publish.refused',
        ...ownerOf(identity),
        reason: 'the tenant has as many retained messages as it may',
        subject: packet.topic,
      });
      return 'quota of retained messages';
    }
    connectionOf(client).refusePublish(packet.topic);
    return 'not a topic of this application';
  }
  if (packet.qos === 2 && (await context.isRepeated(client, packet))) return undefined;
  const refused = await appendAs(context, identity, packet, device =>
    context.twinWanted(connectionOf(client), device),
  );
  if (refused) connectionOf(client).refusePublish(packet.topic);
  return refused;
}

async function appendAs(
  {ingest, models}: HookContext,
  speaker: Speaker,
  packet: PublishPacket,
  twinWanted: (device: string) => void = () => undefined,
): Promise<string | undefined> {
  const spoken = spokenBy(speaker, packet.topic);
  if (!spoken) return 'not a topic of this device';
  // A device's own topics hold no retained messages: the event stream is their memory.
  packet.retain = false;
  packet.topic = spoken.canonical;
  if (spoken.topic.kind === 'twin-get') {
    twinWanted(spoken.sender.device);
    return undefined;
  }
  const sender = {...spoken.sender, model: models.of(speaker.tenant, spoken.model)};
  await ingest.appendAsync(eventOfPublish(sender, spoken.topic, bytesOf(packet.payload), Date.now()));
  return undefined;
}

const bytesOf = (payload: string | Buffer): Uint8Array =>
  typeof payload === 'string' ? Buffer.from(payload) : payload;

function maySubscribeNow({refusals}: HookContext, client: Client, filter: string): boolean {
  const {identity} = connectionOf(client);
  if (!identity) return false;
  const held = Object.keys((client as Client & {subscriptions: object}).subscriptions);
  const reason = !maySubscribe(identity, filter)
    ? 'not a filter that it may subscribe to'
    : held.length >= SUBSCRIPTIONS_MAX && !held.includes(filter)
      ? `more than ${SUBSCRIPTIONS_MAX} subscriptions`
      : undefined;
  if (reason === undefined) return true;
  const {address} = connectionOf(client);
  refusals.report({type: 'subscribe.refused', ...ownerOf(identity), reason, subject: filter, address});
  return false;
}

const ownerOf = (identity: Identity): {tenant: string; device: string} => ({
  tenant: identity.tenant,
  device: identity.kind === 'device' ? identity.device : '',
});

/** The right is checked again for each delivery: a revocation holds at once, for queued and retained messages too. */
function forward(
  {refusals}: HookContext,
  client: Client,
  packet: AedesPublishPacket,
): AedesPublishPacket | null {
  const connection = connectionOf(client);
  const {identity} = connection;
  if (!identity || connection.revoked || !mayReceive(identity, packet.topic)) return null;
  if (connection.unreadBytes <= SHED_BYTES) return packet;
  if (packet.qos > 0 && connection.unreadBytes <= CUT_OFF_BYTES) return packet;
  const reason = 'subscriber does not read';
  refusals.report({type: 'message.dropped', ...ownerOf(identity), reason, subject: packet.topic});
  if (packet.qos > 0) connection.cutOff(reason);
  return null;
}
