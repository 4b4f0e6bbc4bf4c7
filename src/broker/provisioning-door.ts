/** Who may ask over MQTT to be provisioned: so many at once, so many of one address, nobody who is banned. */
import type {ProvisioningProof} from '../domain/provisioning.js';
import type {Connection} from './connection.js';
import {CONNECT_ANSWERS, type ConnectAnswer, type Doorkeeper} from './doorkeeper.js';
import type {Refusal, Refusals} from './refusals.js';

/** What is asked of the rest of the platform. */
export interface ProvisioningQuestion {
  readonly proof: ProvisioningProof;
  /** As the device sent it. */
  readonly request: string;
  readonly address: string;
}

/** As by HTTP, with its status; what is more depends on that. */
export interface ProvisioningReply {
  readonly status: number;
  readonly [more: string]: unknown;
}

export type AskProvisioning = (question: ProvisioningQuestion) => Promise<ProvisioningReply>;

export interface ProvisioningDoorParts {
  readonly doorkeeper: Doorkeeper;
  readonly refusals: Refusals;
  readonly ask: AskProvisioning;
}

const AT_ONCE = 200;
const AT_ONCE_PER_ADDRESS = 20;

const FAILED: ProvisioningReply = {
  status: 503,
  code: 'IOT_PART_UNAVAILABLE',
  detail: 'the platform cannot answer now',
  retryAfterSec: 10,
};

/** Nothing was shown that is worth anything: a wrong code, or a token that nobody signed. */
const WRONG: readonly unknown[] = ['IOT_CLAIM_UNKNOWN', 'IOT_UNAUTHENTICATED'];

export class ProvisioningDoor {
  readonly #parts: ProvisioningDoorParts;
  readonly #inside = new Set<Connection>();

  constructor(parts: ProvisioningDoorParts) {
    this.#parts = parts;
  }

  /** Undefined where it is let in. */
  enter(connection: Connection, proof: ProvisioningProof): ConnectAnswer | undefined {
    if (this.#parts.doorkeeper.isBanned(peerOf(connection, proof))) return CONNECT_ANSWERS.banned;
    const same = [...this.#inside].filter(({address}) => address === connection.address).length;
    if (this.#inside.size >= AT_ONCE || same >= AT_ONCE_PER_ADDRESS) return CONNECT_ANSWERS.busy;
    this.#inside.add(connection);
    return undefined;
  }

  leave(connection: Connection): void {
    this.#inside.delete(connection);
  }

  async ask(connection: Connection, proof: ProvisioningProof, request: string): Promise<ProvisioningReply> {
    const {address} = connection;
    // Not said why: the platform's log has it.
    const reply = await this.#parts.ask({proof, request, address}).catch(() => FAILED);
    if (WRONG.includes(reply.code)) this.#parts.doorkeeper.failed(peerOf(connection, proof));
    return reply;
  }

  report(refusal: Refusal): void {
    this.#parts.refusals.report(refusal);
  }
}

const peerOf = ({address}: Connection, {rid, tenant = ''}: ProvisioningProof) => ({
  tenant,
  name: rid,
  address,
});
