import type {Device, StateNote} from '../domain/device.js';
import {time, toned} from './cell.js';
import type {Columns} from './output.js';

/** `site=oslo,room=2`, as `--selector` takes it. */
export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

const CONNECTIVITY_TONES = {online: 'good', stale: 'warning', offline: 'dim', never: 'dim'} as const;

const STATE_COLUMNS = {
  model: device => device.model,
  lifecycle: device => toned(device.lifecycle, device.lifecycle === 'retired' ? 'dim' : 'strong'),
  adminState: device => toned(device.adminState, device.adminState === 'enabled' ? 'dim' : 'warning'),
  connectivity: device => toned(device.connectivity, CONNECTIVITY_TONES[device.connectivity]),
  lastSeenAt: device => time(device.lastSeenAt),
  labels: device => labelsText(device.labels),
} satisfies Columns<Device>;

export const DEVICE_COLUMNS: Columns<Device> = {
  id: device => device.id,
  ...STATE_COLUMNS,
};

export const DEVICE_DETAILS = {
  id: device => device.id,
  tenant: device => device.tenant,
  generation: device => device.generation,
  version: device => device.version,
  ...STATE_COLUMNS,
  lifecycleReason: device => noteText(device.lifecycleNote),
  adminReason: device => noteText(device.adminNote),
  health: device => toned(device.health, device.health === 'ok' ? 'dim' : 'bad'),
  healthReason: device => noteText(device.healthNote),
  address: device => device.connection.address,
  endReason: device => device.connection.endReason,
  metadata: device => labelsText(device.metadata),
  components: device => componentsText(device),
  via: device => device.via.join(',') || null,
  createdAt: device => time(device.createdAt),
  connectedAt: device => time(device.connectedAt),
  disconnectedAt: device => time(device.disconnectedAt),
  retiredAt: device => time(device.retiredAt),
} satisfies Columns<Device>;

/** `stolen (user:ann)`; what was never changed has nothing to say. */
const noteText = ({reason, by}: StateNote): string | null =>
  by === null ? null : `${reason ?? 'no reason given'} (${by})`;

const componentsText = ({components}: Device): string | null =>
  Object.entries(components)
    .map(([name, {model}]) => (model === null ? name : `${name}=${model}`))
    .join(',') || null;
