/** The topics and payloads of load tests where nobody says any: on a platform, and on any other broker. */
import type {PayloadSpec} from '../../sim/load/payload.js';

const TOPIC = 'bench/{run}/{i}';
const FILTER = 'bench/#';
const BYTES = 16;

/** `me/` stands for the device that speaks. `tenant` is undefined for any other broker. */
export const publishTopic = (tenant: string | undefined): string =>
  tenant === undefined ? TOPIC : 'me/telemetry';

/** By its whole name, as applications know it. */
export const endToEndTopic = (tenant: string | undefined): string =>
  tenant === undefined ? TOPIC : `t/${tenant}/d/{device}/telemetry`;

export const subscribeFilter = (tenant: string | undefined): string =>
  tenant === undefined ? FILTER : `t/${tenant}/d/+/telemetry`;

/** Readings where devices publish, as a platform decodes what they say. */
export const payloadFor = (topic: string, tenant: string | undefined): PayloadSpec =>
  tenant !== undefined && isDevices(topic, tenant)
    ? {kind: 'template', text: '{"value":{seq},"stamp":"{stamp}"}', from: '--payload'}
    : {kind: 'size', bytes: BYTES};

export const applicationTopics = (tenant: string): string => `t/${tenant}/x/`;

export const isApplications = (topic: string, tenant: string): boolean =>
  withoutShare(topic).startsWith(applicationTopics(tenant));

/** Who publishes there has to be a device; who subscribes there, an application that may read. */
export const isDevices = (topic: string, tenant: string): boolean =>
  topic.startsWith('me/') || withoutShare(topic).startsWith(`t/${tenant}/d/`);

const withoutShare = (filter: string): string => filter.replace(/^\$share\/[^/]+\//, '');
