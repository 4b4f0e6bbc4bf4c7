/** What the publishers of `bench pub` and `bench e2e` do. */
import {IotctlError} from '../../domain/errors.js';
import type {PlannedPublishers} from '../../sim/load/plan.js';
import {toQos} from '../broker-flags.js';
import {type MessageFlagValues, payloadOf, propertiesOf} from './message-input.js';
import {type RateFlagValues, rateOfFlags} from './plan-input.js';
import {payloadFor} from './platform-topics.js';

interface PublisherFlagValues extends MessageFlagValues, RateFlagValues {
  readonly qos: '0' | '1' | '2';
  readonly retain: boolean;
  readonly inflight: number;
  readonly count?: number | undefined;
}

/** Throws `IOT_USAGE` and `IOT_INPUT_INVALID`. */
export async function publishersOf(
  flags: PublisherFlagValues,
  {
    clients,
    topic,
    tenant,
  }: {readonly clients: number; readonly topic: string; readonly tenant: string | undefined},
): Promise<PlannedPublishers> {
  const payload = await payloadOf(flags, payloadFor(topic, tenant));
  const properties = propertiesOf(flags);
  if (payload.kind === 'size' && properties?.payloadFormatIndicator === true)
    throw new IotctlError(
      'IOT_USAGE',
      `--payload-format utf8: a payload of ${payload.bytes} bytes is no text; write one, such as --payload '{"n":{seq}}'`,
    );
  return {
    clients,
    topic,
    qos: toQos(flags.qos),
    retain: flags.retain,
    inflight: flags.inflight,
    payload,
    properties,
    ...rateOfFlags(flags, clients),
    count: flags.count ?? null,
  };
}
