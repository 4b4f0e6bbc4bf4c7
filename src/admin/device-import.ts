/** Many devices moved in: each row succeeds or fails on its own, and what succeeds of a batch is there at once or not at all. */
import type {ImportMode, ImportResult} from '../domain/device-import.js';
import {usernameOf} from '../domain/identity.js';
import type {OutboxEvent} from '../registry/outbox.js';
import type {Registry} from '../registry/registry.js';
import type {Changes} from './changes.js';
import {createdEvents} from './device-admin.js';
import {writeUpdate} from './device-update.js';
import {type ImportStep, planImport, type ReadRow} from './import-plan.js';
import type {IdentityNews} from './news.js';
import {nameOf, type Origin} from './origin.js';

interface Batch {
  readonly tenant: string;
  readonly rows: readonly ReadRow[];
  readonly mode: ImportMode;
}

export class DeviceImport {
  readonly #registry: Registry;
  readonly #changes: Changes;
  readonly #news: IdentityNews;

  constructor(parts: {registry: Registry; changes: Changes; news: IdentityNews}) {
    this.#registry = parts.registry;
    this.#changes = parts.changes;
    this.#news = parts.news;
  }

  /** What would become of each row, in their order. */
  async check(origin: Origin, batch: Batch): Promise<ImportResult[]> {
    const steps = await planImport(this.#registry, origin, batch);
    return steps.map(step => resultOf(step, batch.tenant));
  }

  /** What became of each row, in their order. To repeat a batch changes nothing any more. */
  async run(origin: Origin, batch: Batch): Promise<ImportResult[]> {
    const {tenant, rows} = batch;
    const change = {tenant, action: 'device:import', target: targetOf(rows)};
    const {steps, keys} = await this.#changes.apply(origin, change, async registry => {
      const planned = await planImport(registry, origin, batch);
      const written = await writeSteps(registry, origin, tenant, planned);
      return {result: {steps: planned, keys: written.keys}, after: written.after, events: written.events};
    });
    for (const step of steps)
      if (step.kind === 'fail' && step.error.exitCode === 6)
        await this.#changes.failed(origin, {...change, target: `device/${step.id}`}, step.error);
    this.#tell(tenant, steps);
    return steps.map(step => resultOf(step, tenant, keys.get(step.id)));
  }

  #tell(tenant: string, steps: readonly ImportStep[]): void {
    const names = new Set<string>();
    for (const step of steps) {
      if (step.kind === 'create') for (const name of [step.id, ...(step.device.via ?? [])]) names.add(name);
      if (step.kind === 'update') {
        const {before, wanted} = step.planned;
        for (const name of [step.id, ...before.via, ...wanted.via]) names.add(name);
      }
    }
    if (names.size === 0) return;
    for (const name of names) this.#news.identity({tenant, name, usable: true});
    this.#news.devices({tenant});
  }
}

/** `keys`: the ids of the credentials that new devices have now. */
async function writeSteps(
  registry: Registry,
  origin: Origin,
  tenant: string,
  steps: readonly ImportStep[],
): Promise<{after: unknown; events: OutboxEvent[]; keys: ReadonlyMap<string, string>}> {
  const by = {createdBy: nameOf(origin), nowMs: Date.now()};
  const wanted = steps.flatMap(step =>
    step.kind === 'create' ? {...step.device, credential: step.credential} : [],
  );
  const made = await registry.addDevices(tenant, wanted, ({credential}) => credential, by);
  const events = createdEvents(made, by.createdBy);
  const after = made.map(({device}) => device);
  for (const step of steps) {
    if (step.kind !== 'update') continue;
    const written = await writeUpdate(registry, origin, step.planned);
    after.push(written.after);
    events.push(...written.events);
  }
  const keys = new Map(
    made.flatMap(({device, credentialId}) => (credentialId ? [[device.id, credentialId]] : [])),
  );
  return {after, events, keys};
}

const OUTCOMES = {create: 'created', update: 'updated', keep: 'unchanged', fail: 'failed'} as const;

function resultOf(step: ImportStep, tenant: string, made?: string): ImportResult {
  const error = step.kind === 'fail' ? step.error : undefined;
  const held = step.kind === 'create' ? made : step.kind === 'fail' ? undefined : step.held;
  return {
    id: step.id,
    outcome: OUTCOMES[step.kind],
    code: error?.code ?? null,
    message: error?.message ?? step.message ?? null,
    credential: held === undefined ? null : {id: held, username: usernameOf(step.id, tenant)},
  };
}

const targetOf = (rows: readonly ReadRow[]): string =>
  `devices/${rows[0]?.id}…${rows.at(-1)?.id} (${rows.length})`;
