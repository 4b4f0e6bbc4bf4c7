import type {PartAnswer, Upload, UploadRow} from '../domain/upload.js';
import {type Address, requestJson} from './request.js';

/** A part waits for the disk, and for a platform that has much else to do. */
const PART_TIMEOUT_MS = 60_000;

/** Measurements that come later, many at once. */
export class UploadApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  /** What was begun with the same digest before, or a new one. */
  async begin(wanted: Pick<Upload, 'name' | 'digest' | 'into'>): Promise<Upload> {
    return (await requestJson(this.#address, 'POST', '/v1/uploads', {body: wanted})) as Upload;
  }

  /** To send a part again changes nothing. */
  async send(id: string, part: number, rows: readonly UploadRow[]): Promise<PartAnswer> {
    const path = `/v1/uploads/${id}/parts/${part}`;
    const options = {body: {rows}, timeoutMs: PART_TIMEOUT_MS};
    return (await requestJson(this.#address, 'PUT', path, options)) as PartAnswer;
  }

  async finish(id: string): Promise<Upload> {
    return (await requestJson(this.#address, 'POST', `/v1/uploads/${id}/finish`)) as Upload;
  }
}
