import type {ImportMode, ImportResult, ImportRow} from '../domain/device-import.js';
import {type Address, requestJson} from './request.js';

/** Moves devices in, at most 1000 at once, with an outcome for each in their order. */
export class ImportApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  run(rows: readonly ImportRow[], mode: ImportMode): Promise<{items: ImportResult[]}> {
    return this.#post('/v1/devices/import', {rows, mode});
  }

  /** What would become of each, without changing anything. */
  check(rows: readonly ImportRow[], mode: ImportMode): Promise<{items: ImportResult[]}> {
    return this.#post('/v1/devices/import/check', {rows, mode});
  }

  async #post(path: string, body: unknown): Promise<{items: ImportResult[]}> {
    return (await requestJson(this.#address, 'POST', path, {body})) as {items: ImportResult[]};
  }
}
