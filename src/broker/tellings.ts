/** What the main thread is told now and then, all at once: who was refused, and which credentials were used. */
import type {Refusal} from './refusals.js';

/** Someone who was not let in, or not let do something; `count` times. */
export interface RefusedPeer {
  readonly tenant: string;
  /** Who it said it was; empty where it said nothing. */
  readonly name: string;
  readonly kind: 'device' | 'token';
  readonly action: 'connect' | 'publish' | 'subscribe';
  readonly reason: string;
  readonly subject: string;
  readonly address: string;
  readonly count: number;
}

export interface CredentialUse {
  readonly credentialId: string;
  readonly atMs: number;
  readonly address: string;
}

const ACTIONS: Readonly<Record<string, RefusedPeer['action']>> = {
  'connection.refused': 'connect',
  'publish.refused': 'publish',
  'subscribe.refused': 'subscribe',
};

/** Kinds of refusals kept apart until they are told; what comes on top is counted with the last. */
const KINDS_MAX = 500;

export class Tellings {
  #refused = new Map<string, RefusedPeer>();
  #used = new Map<string, CredentialUse>();

  refused({type, tenant, device, reason, subject, address = ''}: Refusal): void {
    const action = ACTIONS[type];
    if (action === undefined) return;
    const full = this.#refused.size >= KINDS_MAX;
    const key = full ? 'other' : `${action} ${tenant} ${device} ${reason} ${address}`;
    const known = this.#refused.get(key);
    const about = full
      ? {tenant: '', name: '', reason: 'many kinds of refusals', subject: ''}
      : {tenant, name: device, reason, subject};
    this.#refused.set(key, {
      ...(known ?? {...about, kind: 'device', action, address}),
      count: (known?.count ?? 0) + 1,
    });
  }

  used(use: CredentialUse): void {
    this.#used.set(use.credentialId, use);
  }

  take(): {refused: RefusedPeer[]; used: CredentialUse[]} {
    const told = {refused: [...this.#refused.values()], used: [...this.#used.values()]};
    this.#refused = new Map();
    this.#used = new Map();
    return told;
  }
}
