import type {
  EnrolmentApproval,
  EnrolmentGroup,
  EnrolmentRequest,
  EnrolmentRequestState,
  ReprovisionPolicy,
} from '../domain/enrolment.js';
import {type Address, requestJson} from './request.js';

export interface WantedGroup {
  readonly name: string;
  /** The id of an authority; without it the group has a key. */
  readonly authority?: string | undefined;
  readonly model?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly approval?: EnrolmentApproval | undefined;
  readonly webhook?: string | undefined;
  readonly allowPrivate?: boolean | undefined;
  readonly reprovision?: ReprovisionPolicy | undefined;
}

/** Both keys are base64, and in this answer only. */
export interface CreatedGroup extends EnrolmentGroup {
  readonly key?: string;
  readonly webhookKey?: string;
}

const PAGE = 500;

/** Enrolment groups, and who comes through them. */
export class EnrolmentApi {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  async groups(): Promise<{items: EnrolmentGroup[]}> {
    return (await requestJson(this.#address, 'GET', '/v1/enrolment-groups')) as {items: EnrolmentGroup[]};
  }

  async create(wanted: WantedGroup): Promise<CreatedGroup> {
    return (await requestJson(this.#address, 'POST', '/v1/enrolment-groups', {body: wanted})) as CreatedGroup;
  }

  async group(name: string): Promise<EnrolmentGroup> {
    return (await requestJson(this.#address, 'GET', groupPath(name))) as EnrolmentGroup;
  }

  async setState(name: string, verb: 'enable' | 'disable'): Promise<EnrolmentGroup> {
    return (await requestJson(this.#address, 'POST', `${groupPath(name)}/${verb}`)) as EnrolmentGroup;
  }

  async remove(name: string): Promise<void> {
    await requestJson(this.#address, 'DELETE', groupPath(name));
  }

  /** By registration id. */
  async *requests(
    {group, state}: {group?: string | undefined; state?: EnrolmentRequestState | undefined},
    limit: number,
  ): AsyncGenerator<EnrolmentRequest> {
    let cursor: string | undefined;
    let left = limit;
    do {
      const query = {group, state, cursor, limit: Math.min(left, PAGE)};
      const page = (await requestJson(this.#address, 'GET', '/v1/enrolment-requests', {query})) as {
        items: EnrolmentRequest[];
        nextCursor: string | null;
      };
      yield* page.items;
      left -= page.items.length;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && left > 0);
  }

  async approve(group: string, id: string): Promise<EnrolmentRequest> {
    return (await requestJson(
      this.#address,
      'POST',
      `${requestPath(group, id)}/approve`,
    )) as EnrolmentRequest;
  }

  /** As a device does, with a token that it signed. */
  async register(token: string): Promise<RegistrationAnswer> {
    return (await requestJson(this.#address, 'POST', '/v1/provision/register', {
      body: {token},
    })) as RegistrationAnswer;
  }

  async deny(group: string, id: string, reason?: string): Promise<EnrolmentRequest> {
    const body = reason === undefined ? {} : {reason};
    const path = `${requestPath(group, id)}/deny`;
    return (await requestJson(this.#address, 'POST', path, {body})) as EnrolmentRequest;
  }
}

/** What a device is told that registers: what it logs in with, or when to come again. */
export type RegistrationAnswer =
  | {readonly device: string; readonly username: string; readonly secret: string}
  | {readonly retryAfterSec: number};

const groupPath = (name: string): string => `/v1/enrolment-groups/${encodeURIComponent(name)}`;
const requestPath = (group: string, id: string): string =>
  `/v1/enrolment-requests/${encodeURIComponent(group)}/${encodeURIComponent(id)}`;
