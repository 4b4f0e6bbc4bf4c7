import type {JsonObject} from '../domain/json.js';
import type {Twin, TwinSection} from '../domain/twin.js';
import {type Address, requestJson} from './request.js';

interface Seen {
  /** The section's version that the caller saw; the change fails with `IOT_TWIN_CHANGED` where it is another by now. */
  readonly ifVersion?: number | undefined;
}

/** What is desired of devices, what they report, and what is noted about them. */
export class TwinApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async get(device: string): Promise<Twin> {
    return (await requestJson(this.#address, 'GET', pathOf(device))) as Twin;
  }

  /** A merge patch (RFC 7396). */
  async patch(
    device: string,
    section: TwinSection,
    patch: JsonObject,
    {ifVersion}: Seen = {},
  ): Promise<Twin> {
    const headers = {'content-type': 'application/merge-patch+json', ...ifMatch(ifVersion)};
    return (await requestJson(this.#address, 'PATCH', `${pathOf(device)}/${section}`, {
      body: patch,
      headers,
    })) as Twin;
  }

  async replace(
    device: string,
    section: TwinSection,
    document: JsonObject,
    {ifVersion}: Seen = {},
  ): Promise<Twin> {
    return (await requestJson(this.#address, 'PUT', `${pathOf(device)}/${section}`, {
      body: document,
      headers: ifMatch(ifVersion),
    })) as Twin;
  }
}

const pathOf = (device: string): string => `/v1/devices/${encodeURIComponent(device)}/twin`;

const ifMatch = (version: number | undefined): Record<string, string> =>
  version === undefined ? {} : {'if-match': `"${version}"`};
