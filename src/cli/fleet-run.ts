/** Takes the steps of a plan: models first, then groups, then new devices, what differs of those that are there, and configurations. */
import type {ApiClient} from '../client/api-client.js';
import type {WantedDevice} from '../client/api-shapes.js';
import type {DeviceChanges} from '../client/life-api.js';
import {csvLine} from '../domain/csv.js';
import {IotctlError} from '../domain/errors.js';
import type {Fleet, FleetDevice, FleetGroup, FleetStep} from '../domain/fleet.js';
import type {CreatedDevice} from './created-device.js';
import {createCredentialsFile} from './credentials-file.js';
import {createBatches} from './device-batches.js';
import {reserveSecretFile} from './secret-file.js';

export interface FleetRun {
  readonly api: ApiClient;
  readonly fleet: Fleet;
  readonly steps: readonly FleetStep[];
  readonly allowBreaking: boolean;
  /** Where secrets of new devices go. */
  readonly credentialsFile: string | undefined;
  /** Where keys of new groups go. */
  readonly groupKeysFile: string | undefined;
}

type CredentialKind = NonNullable<FleetDevice['credential']>;

/** Asked before anything is done. Throws `IOT_USAGE` where secrets would have nowhere to go, or `IOT_CONFLICT`. */
export function checkRun(run: FleetRun): void {
  checkGroups(run);
  checkCredentials(run);
}

function checkGroups({fleet, steps, groupKeysFile}: FleetRun): void {
  const other = steps.find(({kind, action}) => kind === 'group' && action === 'update');
  if (other)
    throw new IotctlError(
      'IOT_CONFLICT',
      `enrolment group ${other.id} is there, with another ${other.changes.map(({path}) => path).join(', ')}: a group is made once; delete it, or give the new one another name`,
    );
  if (groupKeysFile === undefined && newGroups(fleet, steps).some(hasKeys))
    throw new IotctlError(
      'IOT_USAGE',
      'new enrolment groups have keys, which are shown once: say where they go with --group-keys-file FILE',
    );
}

function checkCredentials({fleet, steps, credentialsFile}: FleetRun): void {
  const kinds = new Set(newDevices(fleet, steps).map(kindOf));
  kinds.delete('none');
  if (kinds.size > 1)
    throw new IotctlError(
      'IOT_USAGE',
      'new devices with secrets and others with keys for tokens: apply them one kind after the other, as a file of credentials has one',
    );
  if (kinds.size > 0 && credentialsFile === undefined)
    throw new IotctlError(
      'IOT_USAGE',
      'new devices get credentials, which are shown once: say where they go with --credentials-file FILE',
    );
}

export async function applyModels({api, fleet, steps, allowBreaking}: FleetRun): Promise<void> {
  const wanted = new Set(steps.filter(isNew('model')).map(({id}) => id));
  const models = (fleet.models ?? []).filter(({model, version}) => wanted.has(`${model}@${version}`));
  // Each version is held against the one before.
  const inOrder = [...models].sort((a, b) => a.version - b.version);
  for (const spec of inOrder) await api.models.apply(spec, {allowBreaking});
}

/** Each key is on disk before the next group is made. */
export async function createGroups({api, fleet, steps, groupKeysFile}: FleetRun): Promise<void> {
  const groups = newGroups(fleet, steps);
  if (groups.length === 0) return;
  await using file = groupKeysFile === undefined ? undefined : await reserveSecretFile(groupKeysFile);
  if (groups.some(hasKeys)) await file?.write(csvLine(['group', 'key', 'webhookKey']));
  for (const group of groups) {
    const {name, key = '', webhookKey = ''} = await api.enrolment.create(group);
    if (hasKeys(group)) await file?.write(csvLine([name, key, webhookKey]));
  }
}

export async function createFleetDevices({api, fleet, steps, credentialsFile}: FleetRun): Promise<void> {
  const devices = newDevices(fleet, steps);
  for (const credential of ['none', 'secret', 'token'] as const) {
    const wanted = devices.filter(device => kindOf(device) === credential).map(wantedOf);
    if (wanted.length === 0) continue;
    await using file =
      credential === 'none' ? undefined : await createCredentialsFile(credentialsFile!, credential);
    const created: CreatedDevice[] = [];
    await createBatches(api, wanted, {ifNotExists: false, credential, file, created});
  }
}

export async function applyConfigurations({api, fleet, steps}: FleetRun): Promise<void> {
  const wanted = new Set(steps.filter(isOpen('configuration')).map(({id}) => id));
  for (const {name, ...configuration} of fleet.configurations ?? [])
    if (wanted.has(name)) await api.configurations.apply(name, configuration);
}

/** What a PATCH has to say so that the device is as the file says. */
export function changesOf(wanted: FleetDevice, {changes}: FleetStep): DeviceChanges {
  const paths = changes.map(({path}) => path);
  const has = (field: string): boolean => paths.some(path => path === field || path.startsWith(`${field}.`));
  const entries = <Value>(
    field: string,
    values: Readonly<Record<string, Value>> = {},
    keyOf: (rest: string) => string = rest => rest,
  ): Record<string, Value | null> =>
    Object.fromEntries(
      paths
        .filter(path => path.startsWith(`${field}.`))
        .map(path => keyOf(path.slice(field.length + 1)))
        .map(key => [key, Object.hasOwn(values, key) ? values[key]! : null]),
    );
  return {
    ...(has('model') ? {model: wanted.model ?? null} : {}),
    ...(has('labels') ? {labels: entries('labels', wanted.labels)} : {}),
    ...(has('metadata') ? {metadata: entries('metadata', wanted.metadata)} : {}),
    ...(has('components')
      ? {components: entries('components', wanted.components, rest => rest.split('.', 1)[0]!)}
      : {}),
    ...(has('via') ? {via: wanted.via ?? []} : {}),
  };
}

const isOpen =
  (kind: FleetStep['kind']) =>
  (step: FleetStep): boolean =>
    step.kind === kind && step.action !== 'none';

const isNew =
  (kind: FleetStep['kind']) =>
  (step: FleetStep): boolean =>
    step.kind === kind && step.action === 'create';

function newDevices({devices = []}: Fleet, steps: readonly FleetStep[]): FleetDevice[] {
  const ids = new Set(steps.filter(isNew('device')).map(({id}) => id));
  return devices.filter(({id}) => ids.has(id));
}

function newGroups({groups = []}: Fleet, steps: readonly FleetStep[]): FleetGroup[] {
  const names = new Set(steps.filter(isNew('group')).map(({id}) => id));
  return groups.filter(({name}) => names.has(name));
}

const hasKeys = ({authority, webhook}: FleetGroup): boolean =>
  authority === undefined || webhook !== undefined;

const kindOf = ({credential}: FleetDevice): CredentialKind => credential ?? 'none';

const wantedOf = ({id, model, labels, metadata, components, via}: FleetDevice): WantedDevice => ({
  id,
  ...(model == null ? {} : {model}),
  ...(labels ? {labels} : {}),
  ...(metadata ? {metadata} : {}),
  ...(components ? {components} : {}),
  ...(via ? {via} : {}),
});
