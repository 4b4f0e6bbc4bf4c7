/** Files as people and devices put, get and delete them. One that is on its way goes on where it was; what is stored is what its digest says. */
import {IotctlError} from '../../domain/errors.js';
import {FILE_BYTES_MAX, parseFileName, type StoredFile, type WantedFile} from '../../domain/file.js';
import {Turns} from '../../domain/turns.js';
import type {FileChoice} from '../../registry/files.js';
import type {OutboxEvent} from '../../registry/outbox.js';
import type {Registry} from '../../registry/registry.js';
import type {FileRow} from '../../registry/tables/uploads.js';
import type {Changes} from '../changes.js';
import {mayGoOn} from '../going-on.js';
import {nameOf, type Origin} from '../origin.js';
import type {FileContents} from './file-contents.js';

export interface FileParts {
  readonly registry: Registry;
  readonly changes: Changes;
  readonly contents: FileContents;
  readonly clock: () => number;
}

/** Who begins to send a file goes on with it within this time. */
const ARRIVING_MS_MAX = 7 * 86_400_000;
const TIDY_EVERY_MS = 3_600_000;

export class FileAdmin {
  readonly #parts: FileParts;
  /** Pieces of one file come one after the other. */
  readonly #turns = new Turns();
  #tidiedMs = 0;

  constructor(parts: FileParts) {
    this.#parts = parts;
  }

  /** What the same caller began to send, or a new one. Throws `IOT_REQUEST_INVALID` or `IOT_QUOTA_EXCEEDED`. */
  async begin(
    origin: Origin,
    tenant: string,
    wanted: WantedFile,
  ): Promise<{file: StoredFile; created: boolean}> {
    parseFileName(wanted.name);
    if (wanted.bytes > FILE_BYTES_MAX)
      throw new IotctlError(
        'IOT_REQUEST_INVALID',
        `${wanted.bytes} bytes; a file has ${FILE_BYTES_MAX} at most`,
      );
    const {registry, contents, clock} = this.#parts;
    const by = {createdBy: nameOf(origin), nowMs: clock()};
    const row = await registry.transact(async within => {
      const known = await within.files.arriving(tenant, by.createdBy, wanted);
      if (known) return {known, made: undefined};
      await refuseAboveQuota(within, tenant, wanted.bytes);
      return {known: undefined, made: await within.files.create(tenant, wanted, by)};
    });
    if (row.made && wanted.bytes === 0) await contents.touch(row.made);
    return {file: await this.#view(row.known ?? row.made), created: row.made !== undefined};
  }

  /**
   * Adds a piece at that place. Throws `IOT_NOT_FOUND`, `IOT_CONFLICT` where the file has another length, and `IOT_DISK_FULL`.
   */
  async append(
    origin: Origin,
    {tenant, id}: Pick<FileRow, 'tenant' | 'id'>,
    at: number,
    piece: Uint8Array,
  ): Promise<StoredFile> {
    return await this.#turns.take(id, async () => {
      const {registry, contents} = this.#parts;
      const row = await registry.files.get(tenant, id);
      refuseOthers(origin, row);
      const received = await contents.received(row);
      if (row.state === 'stored' || at !== received)
        throw new IotctlError(
          'IOT_CONFLICT',
          `${received} bytes of ${row.name} are here: the next piece begins there`,
        );
      if (at + piece.length > row.bytes)
        throw new IotctlError('IOT_REQUEST_INVALID', `${row.name} has ${row.bytes} bytes, and no more`);
      await contents.append(row, at, piece);
      return viewOf(row, at + piece.length);
    });
  }

  /**
   * Everything has been sent. Throws `IOT_CONFLICT` where something is missing, and `IOT_REQUEST_INVALID` where it is something else than
   * the digest says: it is gone then.
   */
  async seal(origin: Origin, {tenant, id}: Pick<FileRow, 'tenant' | 'id'>): Promise<StoredFile> {
    return await this.#turns.take(id, async () => {
      const {registry, contents, changes, clock} = this.#parts;
      const row = await registry.files.get(tenant, id);
      refuseOthers(origin, row);
      if (row.state === 'stored') return viewOf(row, row.bytes);
      const received = await contents.received(row);
      if (received !== row.bytes)
        throw new IotctlError('IOT_CONFLICT', `${received} of ${row.bytes} bytes of ${row.name} are here`);
      if (!(await contents.seal(row, row.digest))) {
        await this.#forget(row);
        throw new IotctlError(
          'IOT_REQUEST_INVALID',
          `${row.name} arrived as something else than its digest says: send it again`,
        );
      }
      const change = {tenant, action: 'file:write', target: targetOf(row)};
      return await changes.apply(origin, change, async within => {
        await within.files.stored(tenant, id, clock());
        const after = viewOf({...row, state: 'stored', stored_ms: clock()}, row.bytes);
        return {result: after, after, events: [fileEvent(row, 'file.stored', nameOf(origin), clock())]};
      });
    });
  }

  /** Throws `IOT_NOT_FOUND`. */
  async get(tenant: string, id: string): Promise<StoredFile> {
    return await this.#view(await this.#parts.registry.files.get(tenant, id));
  }

  async list(tenant: string, choice: FileChoice): Promise<{items: StoredFile[]; nextCursor: string | null}> {
    const rows = await this.#parts.registry.files.list(tenant, {...choice, limit: choice.limit + 1});
    const page = rows.slice(0, choice.limit);
    const items = await Promise.all(page.map(row => this.#view(row)));
    return {items, nextCursor: rows.length > choice.limit ? page.at(-1)!.id : null};
  }

  /** Throws `IOT_CONFLICT` for a file that is still on its way. */
  read({id, state, name}: StoredFile, tenant: string, range: {start: number; end: number} | undefined) {
    if (state !== 'stored') throw new IotctlError('IOT_CONFLICT', `${name} is still on its way`);
    return this.#parts.contents.read({tenant, id}, range);
  }

  /** Throws `IOT_NOT_FOUND`. */
  async remove(origin: Origin, tenant: string, id: string): Promise<void> {
    await this.#turns.take(id, async () => {
      const {registry, contents, changes, clock} = this.#parts;
      const row = await registry.files.get(tenant, id);
      const change = {tenant, action: 'file:delete', target: targetOf(row)};
      await changes.apply(origin, change, async within => {
        await within.files.remove(tenant, id);
        const events =
          row.state === 'stored' ? [fileEvent(row, 'file.deleted', nameOf(origin), clock())] : [];
        return {result: undefined, before: viewOf(row, row.bytes), events};
      });
      await contents.remove(row);
    });
  }

  /** Everything that is kept of a device. */
  async eraseDevice(tenant: string, device: string): Promise<void> {
    for (const row of await this.#parts.registry.files.ofDevice(tenant, device)) await this.#forget(row);
  }

  async eraseTenant(tenant: string): Promise<void> {
    await this.#parts.contents.removeAll(tenant);
  }

  bytes(tenant: string): Promise<number> {
    return this.#parts.registry.files.bytes(tenant);
  }

  /** Lets go of what nobody goes on with. To be called now and then. */
  async tidy(): Promise<void> {
    const {registry, clock} = this.#parts;
    if (clock() - this.#tidiedMs < TIDY_EVERY_MS) return;
    this.#tidiedMs = clock();
    for (const row of await registry.files.abandoned(clock() - ARRIVING_MS_MAX)) await this.#forget(row);
  }

  /** The name first: contents that nothing names are harmless, a name without contents is not. */
  async #forget(row: FileRow): Promise<void> {
    await this.#parts.registry.files.remove(row.tenant, row.id);
    await this.#parts.contents.remove(row);
  }

  async #view(row: FileRow): Promise<StoredFile> {
    return viewOf(row, row.state === 'stored' ? row.bytes : await this.#parts.contents.received(row));
  }
}

async function refuseAboveQuota(registry: Registry, tenant: string, bytes: number): Promise<void> {
  const {quotas} = (await registry.tenants.facts(tenant))!;
  const limit = quotas.storageBytes;
  if (limit === null) return;
  const used = await registry.files.bytes(tenant);
  if (used + bytes > limit)
    throw new IotctlError(
      'IOT_QUOTA_EXCEEDED',
      `${bytes} bytes more than the ${used} of other files: the tenant may store ${limit}`,
    );
}

function refuseOthers(origin: Origin, {created_by: createdBy, id}: FileRow): void {
  if (!mayGoOn(origin, createdBy)) throw new IotctlError('IOT_NOT_FOUND', `no file ${id} of yours`);
}

const targetOf = ({device, name}: FileRow): string =>
  device === null ? `file/${name}` : `device/${device}/file/${name}`;

const fileEvent = (row: FileRow, type: string, by: string, nowMs: number): OutboxEvent => ({
  tenant: row.tenant,
  device: row.device ?? '',
  type,
  recordedMs: nowMs,
  data: {file: row.id, name: row.name, bytes: row.bytes, digest: row.digest, by},
});

const viewOf = (row: FileRow, receivedBytes: number): StoredFile => ({
  id: row.id,
  name: row.name,
  device: row.device,
  state: row.state,
  bytes: row.bytes,
  receivedBytes,
  digest: row.digest,
  contentType: row.content_type,
  createdAt: new Date(row.created_ms).toISOString(),
  createdBy: row.created_by,
  storedAt: row.stored_ms === null ? null : new Date(row.stored_ms).toISOString(),
});
