/** How long a tenant's data is kept: its policy, and what follows from it. */
import type {AuditCheckpoint} from '../domain/audit.js';
import {IotctlError} from '../domain/errors.js';
import {
  type ArchiveCheck,
  didSomething,
  type HistoryOutcome,
  mergedRetention,
  PLATFORM_RETENTION,
  type RetentionChange,
  type RetentionPolicy,
  type RetentionReport,
} from '../domain/retention.js';
import {PLATFORM} from '../domain/tenant.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import type {Changes} from './changes.js';
import {nameOf, type Origin} from './origin.js';

/** The store's side of it. */
export interface TenantHistory {
  retain(tenant: string, request: RetentionRequest): Promise<HistoryOutcome>;
  verifyArchive(tenant: string): Promise<ArchiveCheck>;
}

export interface RetentionRun {
  /** Merges small files of a day wherever there are two. */
  readonly compact?: boolean | undefined;
}

interface RetentionRequest extends RetentionRun {
  /** Only says what would be done. */
  readonly dryRun?: boolean | undefined;
  readonly policy: RetentionPolicy;
  readonly nowMs: number;
}

interface Parts {
  readonly registry: Registry;
  readonly changes: Changes;
  readonly history: TenantHistory;
}

export class RetentionAdmin {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What belongs to no tenant has a policy of its own, which nobody changes. */
  async get(tenant: string): Promise<RetentionPolicy> {
    if (tenant === PLATFORM) return PLATFORM_RETENTION;
    return await this.#parts.registry.retention.get(tenant);
  }

  /** Throws `IOT_REQUEST_INVALID` for a policy whose parts contradict each other. */
  set(origin: Origin, tenant: string, change: RetentionChange): Promise<RetentionPolicy> {
    const told = {tenant, action: 'retention:update', target: 'retention'};
    return this.#parts.changes.apply(origin, told, async registry => {
      const before = await registry.retention.get(tenant);
      const after = mergedRetention(before, change);
      await registry.retention.set(tenant, after);
      return {result: after, before, after};
    });
  }

  /** What a run would do now. */
  async plan(tenant: string, how: RetentionRun = {}): Promise<RetentionReport> {
    return (await this.#plan(tenant, await this.#requestOf(tenant, how))).report;
  }

  /**
   * Does what the policy says, now. That it begins is recorded before anything goes, and what was done when it is; where
   * nothing is to be done there is nothing to tell. Throws `IOT_DATA_CORRUPT` (names a damaged file of the archive) once all is done
   * that does not need it.
   */
  async run(origin: Origin, tenant: string, how: RetentionRun = {}): Promise<RetentionReport> {
    const {changes, history} = this.#parts;
    const request = await this.#requestOf(tenant, how);
    const {report: plan, checkpoint} = await this.#plan(tenant, request);
    if (!didSomething(plan)) return plan;
    const change = {tenant, action: 'retention:run', target: 'retention'};
    await changes.announce(origin, change, plan);
    try {
      const {damage, ...done} = await history.retain(tenant, request);
      const report = await changes.apply(origin, {...change, action: 'retention:done'}, async registry => {
        const deletedRecords = checkpoint ? await registry.trimAudit(checkpoint, request.nowMs) : 0;
        const all = {...done, deletedRecords};
        return {result: all, after: all, events: [retained(tenant, {...all, by: nameOf(origin)})]};
      });
      if (damage !== undefined) throw new IotctlError('IOT_DATA_CORRUPT', damage);
      return report;
    } catch (error) {
      await changes.failed(origin, change, error);
      throw error;
    }
  }

  /** Reads the whole archive. */
  verifyArchive(tenant: string): Promise<ArchiveCheck> {
    return this.#parts.history.verifyArchive(tenant);
  }

  async #requestOf(tenant: string, how: RetentionRun): Promise<RetentionRequest> {
    return {...how, policy: await this.get(tenant), nowMs: Date.now()};
  }

  async #plan(
    tenant: string,
    request: RetentionRequest,
  ): Promise<{report: RetentionReport; checkpoint: AuditCheckpoint | undefined}> {
    const {registry, history} = this.#parts;
    const {policy, nowMs} = request;
    const {checkpoint, records} = await registry.audit.leaving(tenant, policy.audit, nowMs);
    const {damage: _, ...planned} = await history.retain(tenant, {...request, dryRun: true});
    return {report: {...planned, deletedRecords: records}, checkpoint};
  }
}

const retained = (tenant: string, data: object): OutboxEvent => ({
  tenant: tenant === PLATFORM ? '' : tenant,
  device: '',
  type: 'history.retained',
  recordedMs: Date.now(),
  data,
});
