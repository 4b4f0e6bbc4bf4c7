import type {Cursor} from '../domain/cursor.js';
import {type Address, requestJson} from './request.js';

export interface CursorView extends Cursor {
  /** Offsets of the stream behind the newest one. */
  readonly lag: number;
}

/** How far those have come who read events under a name. */
export class CursorApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async list(): Promise<{items: CursorView[]}> {
    return (await requestJson(this.#address, 'GET', '/v1/cursors')) as {items: CursorView[]};
  }

  async get(name: string): Promise<CursorView> {
    return (await requestJson(this.#address, 'GET', pathOf(name))) as CursorView;
  }

  /** The one of that name, or a new one: from now on, or as it says. */
  async open(cursor: {
    name: string;
    after?: number | undefined;
    since?: string | undefined;
  }): Promise<CursorView> {
    return (await requestJson(this.#address, 'POST', '/v1/cursors', {body: cursor})) as CursorView;
  }

  /** Everything up to that offset was read. */
  async move(name: string, offset: number): Promise<void> {
    await requestJson(this.#address, 'PUT', pathOf(name), {body: {offset}});
  }

  async remove(name: string): Promise<void> {
    await requestJson(this.#address, 'DELETE', pathOf(name));
  }
}

const pathOf = (name: string): string => `/v1/cursors/${encodeURIComponent(name)}`;
