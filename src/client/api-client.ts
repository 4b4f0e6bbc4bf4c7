/** The typed client of the HTTP API: what every command speaks through, to a platform here or elsewhere. */
import type {CloudEvent} from '../domain/cloud-event.js';
import type {Command} from '../domain/command.js';
import type {Device} from '../domain/device.js';
import type {QueryEnd, StreamFormat} from '../domain/query.js';
import type {QueryTable} from '../domain/query-schema.js';
import type {PlatformStatus} from '../domain/status.js';
import type {CreatedToken, Token} from '../domain/token.js';
import {AccessApi} from './access-api.js';
import type {
  DeviceChoice,
  FilterOptions,
  MadeDevice,
  TailOptions,
  WantedDevice,
  WantedDeviceCredential,
  WantedToken,
} from './api-shapes.js';
import {AuditApi} from './audit-api.js';
import {AuthorityApi} from './authority-api.js';
import {BanApi} from './ban-api.js';
import {ClaimApi} from './claim-api.js';
import {ConfigurationApi} from './configuration-api.js';
import {ConsumerApi} from './consumer-api.js';
import {CredentialApi} from './credential-api.js';
import {CursorApi} from './cursor-api.js';
import {EnrolmentApi} from './enrolment-api.js';
import {ExportApi} from './export-api.js';
import {FileApi} from './file-api.js';
import {FleetApi} from './fleet-api.js';
import {GroupKeyApi} from './group-key-api.js';
import {ImportApi} from './import-api.js';
import {LifeApi} from './life-api.js';
import {ModelApi} from './model-api.js';
import {PolicyApi} from './policy-api.js';
import {type Query, type QueryResult, query, querySchema, queryStream} from './query-api.js';
import {type Address, type RequestOptions, requestJson, requestStream} from './request.js';
import {RetentionApi} from './retention-api.js';
import {readServerSentEvents} from './server-sent-events.js';
import {StatsApi} from './stats-api.js';
import {TenantApi} from './tenant-api.js';
import {TwinApi} from './twin-api.js';
import {UploadApi} from './upload-api.js';
import {UserApi} from './user-api.js';

const PAGE = 500;

/** What is waited for beyond the time that the request itself may take. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Every method throws an `IotctlError` with the platform's own code, or `IOT_PLATFORM_UNREACHABLE`. */
export class ApiClient {
  readonly #address: Address;
  /** What this token is, and who has which role. */
  readonly access: AccessApi;
  readonly audit: AuditApi;
  readonly authorities: AuthorityApi;
  readonly bans: BanApi;
  readonly claims: ClaimApi;
  /** Patches that are laid over what is desired of many devices. */
  readonly configurations: ConfigurationApi;
  /** Of devices. */
  readonly credentials: CredentialApi;
  /** How far readers of events have come. */
  readonly cursors: CursorApi;
  /** Who is sent events by the platform itself. */
  readonly consumers: ConsumerApi;
  readonly exports: ExportApi;
  readonly fleet: FleetApi;
  readonly enrolment: EnrolmentApi;
  readonly groupKeys: GroupKeyApi;
  readonly imports: ImportApi;
  /** What becomes of devices that are there. */
  readonly lives: LifeApi;
  readonly models: ModelApi;
  readonly policy: PolicyApi;
  /** What readings come to. */
  readonly stats: StatsApi;
  readonly retention: RetentionApi;
  readonly tenants: TenantApi;
  /** What is desired of devices, and what they report. */
  readonly twins: TwinApi;
  readonly uploads: UploadApi;
  /** That are no events. */
  readonly files: FileApi;
  readonly users: UserApi;

  constructor(address: Address) {
    this.#address = address;
    this.access = new AccessApi(address);
    this.audit = new AuditApi(address);
    this.authorities = new AuthorityApi(address);
    this.bans = new BanApi(address);
    this.claims = new ClaimApi(address);
    this.configurations = new ConfigurationApi(address);
    this.credentials = new CredentialApi(address);
    this.cursors = new CursorApi(address);
    this.consumers = new ConsumerApi(address);
    this.exports = new ExportApi(address);
    this.fleet = new FleetApi(address);
    this.enrolment = new EnrolmentApi(address);
    this.groupKeys = new GroupKeyApi(address);
    this.imports = new ImportApi(address);
    this.lives = new LifeApi(address);
    this.models = new ModelApi(address);
    this.policy = new PolicyApi(address);
    this.stats = new StatsApi(address);
    this.retention = new RetentionApi(address);
    this.tenants = new TenantApi(address);
    this.twins = new TwinApi(address);
    this.uploads = new UploadApi(address);
    this.files = new FileApi(address);
    this.users = new UserApi(address);
  }

  status(): Promise<PlatformStatus> {
    return this.#json('GET', '/v1/status');
  }

  shutdown(): Promise<{pid: number}> {
    return this.#json('POST', '/v1/shutdown');
  }

  async *logs({
    lines,
    follow,
    signal,
  }: {
    lines?: number | undefined;
    follow?: boolean | undefined;
    signal?: AbortSignal | undefined;
  }): AsyncGenerator<string> {
    const log = requestStream(this.#address, '/v1/logs', {query: {lines, follow}, signal});
    let rest = '';
    for await (const text of log) {
      const pieces = (rest + text).split('\n');
      rest = pieces.pop() ?? '';
      yield* pieces;
    }
    if (rest !== '') yield rest;
  }

  createDevice(device: WantedDevice & WantedDeviceCredential & {ifNotExists?: boolean}): Promise<MadeDevice> {
    return this.#json('POST', '/v1/devices', {body: device});
  }

  /** At most 1000 at once, all or none. */
  createDevices(
    devices: readonly WantedDevice[],
    options: {ifNotExists?: boolean; credential?: 'secret' | 'token' | 'none'} = {},
  ): Promise<{items: MadeDevice[]}> {
    return this.#json('POST', '/v1/devices/batch', {body: {devices, ...options}});
  }

  listDevices(
    page: DeviceChoice & {
      limit?: number | undefined;
      cursor?: string | undefined;
      /** How many there are in all; takes the platform longer. */
      total?: true | undefined;
    } = {},
  ): Promise<{items: Device[]; nextCursor: string | null; total?: number}> {
    return this.#json('GET', '/v1/devices', {query: page});
  }

  async *allDevices(choice: DeviceChoice = {}): AsyncGenerator<Device> {
    let cursor: string | undefined;
    do {
      const page = await this.listDevices({...choice, limit: PAGE, cursor});
      yield* page.items;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  getDevice(id: string): Promise<Device> {
    return this.#json('GET', `/v1/devices/${encodeURIComponent(id)}`);
  }

  async deleteDevice(id: string, {force}: {force?: boolean} = {}): Promise<void> {
    await this.#json('DELETE', `/v1/devices/${encodeURIComponent(id)}`, {query: {force}});
  }

  /** With `waitMs`, answers when the command is over or the time is up. */
  sendCommand(
    device: string,
    {
      waitMs,
      ...command
    }: {
      name: string;
      data?: unknown;
      ttlMs?: number | undefined;
      /** To a device in maintenance too. */
      force?: true | undefined;
      waitMs?: number | undefined;
    },
  ): Promise<Command> {
    const path = `/v1/devices/${encodeURIComponent(device)}/commands`;
    return this.#json('POST', path, {
      body: command,
      query: {waitMs},
      timeoutMs: (waitMs ?? 0) + REQUEST_TIMEOUT_MS,
    });
  }

  getCommand(id: string): Promise<Command> {
    return this.#json('GET', `/v1/commands/${encodeURIComponent(id)}`);
  }

  listCommands(device: string): Promise<{items: Command[]}> {
    return this.#json('GET', `/v1/devices/${encodeURIComponent(device)}/commands`);
  }

  cancelCommand(id: string): Promise<Command> {
    return this.#json('POST', `/v1/commands/${encodeURIComponent(id)}/cancel`);
  }

  query(asked: Query, signal?: AbortSignal): Promise<QueryResult> {
    return query(this.#address, asked, signal);
  }

  querySchema(): Promise<readonly QueryTable[]> {
    return querySchema(this.#address);
  }

  /** The bytes of an answer, and at its end what is known of the whole. */
  queryStream(
    asked: Query & {readonly format: StreamFormat},
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array, QueryEnd | undefined> {
    return queryStream(this.#address, asked, signal);
  }

  /** Stored events in the order of the stream; `last` gives the newest so many. */
  events(
    query: TailOptions & FilterOptions & {until?: string | undefined; limit?: number | undefined} = {},
  ): Promise<{items: CloudEvent[]; nextCursor: string | null}> {
    const {signal, ...rest} = query;
    return this.#json('GET', '/v1/events', {query: rest, signal});
  }

  /** Ends with `IOT_PLATFORM_UNREACHABLE` naming the last offset when the connection is lost. */
  async *tail({signal, onPassed, ...query}: TailOptions & FilterOptions): AsyncGenerator<CloudEvent> {
    const events = requestStream(this.#address, '/v1/events/tail', {query, signal});
    yield* readServerSentEvents(events, query.follow !== false, signal, onPassed);
  }

  createToken(token: WantedToken): Promise<CreatedToken> {
    return this.#json('POST', '/v1/tokens', {body: token});
  }

  listTokens(): Promise<{items: Token[]}> {
    return this.#json('GET', '/v1/tokens');
  }

  async deleteToken(name: string): Promise<void> {
    await this.#json('DELETE', `/v1/tokens/${encodeURIComponent(name)}`);
  }

  async #json<Answer>(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    return (await requestJson(this.#address, method, path, options)) as Answer;
  }
}
