/** How a configuration's rollout moves on: the columns of each step, and the event that tells of it. */
import type {StoredConfiguration} from './configuration-row.js';
import type {ConfigurationChange} from './configurations.js';
import type {OutboxEvent} from './outbox.js';
import type {Registry} from './registry.js';

/** Below every bucket: nobody has it before it is known who its devices are. */
const BEFORE_THE_FIRST = -1;

/** Where a new revision begins: with finding its devices. */
export const firstSteps = (stages: readonly number[]) =>
  ({
    phase: 'scanning' as const,
    scanned_to: '',
    stage: 0,
    threshold: stages.length === 1 ? 1 : BEFORE_THE_FIRST,
    stop_reason: null,
    rejected_accepted: 0,
  }) satisfies ConfigurationChange;

/** The stage's share of its devices, as they are now, may have it. Gives what is to be told of that. */
export async function beginStage(
  registry: Registry,
  configuration: StoredConfiguration,
  stage: number,
): Promise<OutboxEvent[]> {
  const percent = configuration.stages[stage]!;
  const threshold = await registry.configurations.thresholdOf(configuration, percent);
  await registry.configurations.update(configuration, {phase: 'laying', stage, threshold});
  return configuration.stages.length > 1
    ? [configurationEvent(configuration, 'configuration.stage_began', {stage: stage + 1, percent})]
    : [];
}

/** Without the revisions that no device has any more. */
export async function patchesLaid(
  registry: Registry,
  configuration: Pick<StoredConfiguration, 'tenant' | 'name' | 'revision' | 'patches'>,
): Promise<StoredConfiguration['patches']> {
  const laid = await registry.configurations.revisionsLaid(configuration);
  const kept = new Set([...laid, configuration.revision].map(String));
  return Object.fromEntries(Object.entries(configuration.patches).filter(([revision]) => kept.has(revision)));
}

export const configurationEvent = (
  {tenant, name, revision}: Pick<StoredConfiguration, 'tenant' | 'name' | 'revision'>,
  type: string,
  data: object,
): OutboxEvent => ({tenant, device: '', type, recordedMs: Date.now(), data: {name, revision, ...data}});
