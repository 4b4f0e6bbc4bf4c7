/** Uploads in the registry: which part is next, and what is known of the one that is on its way. */
import {IotctlError} from '../domain/errors.js';
import type {PartAnswer, Upload} from '../domain/upload.js';
import {uuidV7} from '../domain/uuid.js';
import type {By} from './credentials.js';
import type {UploadTableRow} from './tables/uploads.js';
import type {Database} from './transact.js';

/** A part that was begun, and of which nobody knows whether it is in the event stream. */
export interface BegunPart {
  readonly digest: string;
  /** Nothing of it is in the stream before that offset. */
  readonly offset: number;
}

export type WantedUpload = Pick<Upload, 'name' | 'digest' | 'into'>;

export interface UploadProgress {
  readonly upload: Upload;
  readonly begun: BegunPart | undefined;
  /** What became of the part before the next. */
  readonly answer: PartAnswer | undefined;
}

export class Uploads {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async create(tenant: string, {name, digest, into}: WantedUpload, by: By): Promise<Upload> {
    const row: UploadTableRow = {
      tenant,
      id: uuidV7(by.nowMs),
      name,
      digest,
      target: into,
      state: 'open',
      next_part: 0,
      begun_digest: null,
      begun_offset: null,
      answer: null,
      rows_accepted: 0,
      rows_refused: 0,
      created_ms: by.nowMs,
      created_by: by.createdBy,
      finished_ms: null,
    };
    await this.#database.insertInto('uploads').values(row).execute();
    return viewOf(row);
  }

  /** What the same caller began with the same digest. */
  async withDigest(tenant: string, createdBy: string, digest: string): Promise<Upload | undefined> {
    const row = await this.#database
      .selectFrom('uploads')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('created_by', '=', createdBy)
      .where('digest', '=', digest)
      .executeTakeFirst();
    return row && viewOf(row);
  }

  /** Throws `IOT_NOT_FOUND`. */
  async progress(tenant: string, id: string): Promise<UploadProgress> {
    const row = await this.#database
      .selectFrom('uploads')
      .selectAll()
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row)
      throw new IotctlError('IOT_NOT_FOUND', `no upload ${JSON.stringify(id.slice(0, 80))} in this tenant`);
    return {
      upload: viewOf(row),
      begun:
        row.begun_digest === null || row.begun_offset === null
          ? undefined
          : {digest: row.begun_digest, offset: row.begun_offset},
      answer: row.answer === null ? undefined : (JSON.parse(row.answer) as PartAnswer),
    };
  }

  /** The newest first. */
  async list(tenant: string, limit: number): Promise<Upload[]> {
    const rows = await this.#database
      .selectFrom('uploads')
      .selectAll()
      .where('tenant', '=', tenant)
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(viewOf);
  }

  async begin(tenant: string, id: string, {digest, offset}: BegunPart): Promise<void> {
    await this.#change(tenant, id, {begun_digest: digest, begun_offset: offset});
  }

  /** The part is in the stream. */
  async accept(tenant: string, {id, rowsAccepted, rowsRefused}: Upload, answer: PartAnswer): Promise<void> {
    await this.#change(tenant, id, {
      next_part: answer.part + 1,
      begun_digest: null,
      begun_offset: null,
      answer: JSON.stringify(answer),
      rows_accepted: rowsAccepted + answer.accepted,
      rows_refused: rowsRefused + answer.refused.length,
    });
  }

  async finish(tenant: string, id: string, nowMs: number): Promise<void> {
    await this.#change(tenant, id, {state: 'finished', finished_ms: nowMs});
  }

  async #change(tenant: string, id: string, columns: Partial<UploadTableRow>): Promise<void> {
    await this.#database
      .updateTable('uploads')
      .set(columns)
      .where('tenant', '=', tenant)
      .where('id', '=', id)
      .execute();
  }
}

const viewOf = (row: UploadTableRow): Upload => ({
  id: row.id,
  name: row.name,
  digest: row.digest,
  into: row.target,
  state: row.state,
  nextPart: row.next_part,
  rowsAccepted: row.rows_accepted,
  rowsRefused: row.rows_refused,
  createdAt: new Date(row.created_ms).toISOString(),
  createdBy: row.created_by,
  finishedAt: row.finished_ms === null ? null : new Date(row.finished_ms).toISOString(),
});
