import type {StoredFile, WantedFile} from '../domain/file.js';
import {type Address, requestAnswer, requestJson, streamOf} from './request.js';

/** A piece waits for the disk, and for a slow network. */
const PIECE_TIMEOUT_MS = 60_000;
/** The platform reads the whole file once more. */
const SEAL_TIMEOUT_MS = 120_000;

/** Files that are no events. */
export class FileApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  /** What was begun before with the same name and content, or a new one. */
  async begin(wanted: WantedFile): Promise<StoredFile> {
    return (await requestJson(this.#address, 'POST', '/v1/files', {body: wanted})) as StoredFile;
  }

  async append(id: string, at: number, piece: Buffer): Promise<StoredFile> {
    const options = {bytes: piece, query: {at}, timeoutMs: PIECE_TIMEOUT_MS};
    return (await requestJson(this.#address, 'PUT', `/v1/files/${id}/content`, options)) as StoredFile;
  }

  async seal(id: string): Promise<StoredFile> {
    const options = {timeoutMs: SEAL_TIMEOUT_MS};
    return (await requestJson(this.#address, 'POST', `/v1/files/${id}/seal`, options)) as StoredFile;
  }

  async get(id: string): Promise<StoredFile> {
    return (await requestJson(this.#address, 'GET', `/v1/files/${encodeURIComponent(id)}`)) as StoredFile;
  }

  /** The newest first. */
  async list(query: {
    readonly device?: string | undefined;
    readonly name?: string | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  }): Promise<{items: StoredFile[]; nextCursor: string | null}> {
    return (await requestJson(this.#address, 'GET', '/v1/files', {query})) as never;
  }

  async remove(id: string): Promise<void> {
    await requestJson(this.#address, 'DELETE', `/v1/files/${encodeURIComponent(id)}`);
  }

  /** Its bytes from that place on. */
  async *content(id: string, from: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    const headers = from > 0 ? {range: `bytes=${from}-`} : {};
    const path = `/v1/files/${encodeURIComponent(id)}/content`;
    const answer = await requestAnswer(this.#address, 'GET', path, {headers, signal});
    yield* streamOf<Buffer>(this.#address, answer, signal);
  }
}
