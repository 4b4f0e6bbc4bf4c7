/** Which files there are; their contents are elsewhere. */
import {IotctlError} from '../domain/errors.js';
import type {WantedFile} from '../domain/file.js';
import {uuidV7} from '../domain/uuid.js';
import type {By} from './credentials.js';
import type {FileRow} from './tables/uploads.js';
import type {Database} from './transact.js';

export interface FileChoice {
  readonly device?: string | undefined;
  readonly name?: string | undefined;
  /** Only files of these devices, and none of the tenant itself. */
  readonly devices?: readonly string[] | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export class Files {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async create(
    tenant: string,
    {contentType, ...wanted}: WantedFile,
    {createdBy, nowMs}: By,
  ): Promise<FileRow> {
    const row: FileRow = {
      tenant,
      id: uuidV7(nowMs),
      ...wanted,
      state: 'arriving',
      content_type: contentType,
      created_ms: nowMs,
      created_by: createdBy,
      stored_ms: null,
    };
    await this.#database.insertInto('files').values(row).execute();
    return row;
  }

  /** What the same caller began to send, with the same name and content. */
  async arriving(tenant: string, createdBy: string, wanted: WantedFile): Promise<FileRow | undefined> {
    const {name, device, digest} = wanted;
    return await this.#database
      .selectFrom('files')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('created_by', '=', createdBy)
      .where('name', '=', name)
      .where('device', device === null ? 'is' : '=', device)
      .where('digest', '=', digest)
      .where('state', '=', 'arriving')
      .executeTakeFirst();
  }

  /** Throws `IOT_NOT_FOUND`. */
  async get(tenant: string, id: string): Promise<FileRow> {
    const row = await this.#database
      .selectFrom('files')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row)
      throw new IotctlError('IOT_NOT_FOUND', `no file ${JSON.stringify(id.slice(0, 80))} in this tenant`);
    return row;
  }

  /** The newest first; `cursor` is the last id of the page before. */
  async list(tenant: string, {device, name, devices, cursor, limit}: FileChoice): Promise<FileRow[]> {
    let query = this.#database
      .selectFrom('files')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('id', 'desc')
      .limit(limit);
    if (device !== undefined) query = query.where('device', '=', device);
    if (name !== undefined) query = query.where('name', '=', name);
    if (devices !== undefined) query = query.where('device', 'in', devices);
    if (cursor !== undefined) query = query.where('id', '<', cursor);
    return await query.execute();
  }

  async stored(tenant: string, id: string, nowMs: number): Promise<void> {
    await this.#database
      .updateTable('files')
      .set({state: 'stored', stored_ms: nowMs})
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .execute();
  }

  async remove(tenant: string, id: string): Promise<void> {
    await this.#database.deleteFrom('files').where('tenant', '=', tenant).where('id', '=', id).execute();
  }

  async ofDevice(tenant: string, device: string): Promise<FileRow[]> {
    return await this.#database
      .selectFrom('files')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('device', '=', device)
      .execute();
  }

  /** Those that nobody has gone on with for so long. */
  async abandoned(beforeMs: number): Promise<FileRow[]> {
    return await this.#database
      .selectFrom('files')
      .selectAll()
      .where('state', '=', 'arriving')
      .where('created_ms', '<', beforeMs)
      .execute();
  }

  /** What a tenant's files need, or will need once they are there. */
  async bytes(tenant: string): Promise<number> {
    const {bytes} = await this.#database
      .selectFrom('files')
      .select(({fn}) => fn.sum<number | null>('bytes').as('bytes'))
      .where('tenant', '=', tenant)
      .executeTakeFirstOrThrow();
    return Number(bytes ?? 0);
  }
}
