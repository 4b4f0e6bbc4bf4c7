import type {ExportFormat, ExportPlan} from '../domain/history-export.js';
import {type Address, requestFile, requestJson} from './request.js';

/** The largest days take minutes to write. */
const TIMEOUT_MS = 630_000;

/** Rows as files, day by day. */
export class ExportApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  /** Times are RFC 3339, half-open. */
  async plan({
    tables,
    ...times
  }: {
    since?: string | undefined;
    until?: string | undefined;
    tables?: readonly string[] | undefined;
  }): Promise<ExportPlan> {
    const query = {...times, tables: tables?.join(',')};
    return (await requestJson(this.#address, 'GET', '/v1/export', {
      query,
      timeoutMs: TIMEOUT_MS,
    })) as ExportPlan;
  }

  /** The rows of one day; how many there are is known before they come. */
  async part(
    part: {table: string; day: string; format: ExportFormat},
    signal: AbortSignal,
  ): Promise<{rows: number; bytes: AsyncIterable<Uint8Array>}> {
    const options = {query: part, signal, timeoutMs: TIMEOUT_MS};
    const {header, bytes} = await requestFile(this.#address, '/v1/export/part', options);
    return {rows: Number(header('iotctl-rows')), bytes};
  }
}
