/** What notable events of the stream mean for the registry and for control. */
import type {CommandControl} from '../control/command-control.js';
import type {TwinReports} from '../control/twin-reports.js';
import type {StoredEvent} from '../domain/event.js';
import type {Registry} from '../registry/registry.js';
import {connectivityChanges} from './connectivity-changes.js';
import type {Effects} from './notable-consumer.js';

export interface EffectParts {
  readonly registry: Registry;
  readonly control: CommandControl;
  readonly reports: TwinReports;
  readonly tampered: (event: StoredEvent) => Promise<void>;
}

export const streamEffects = ({registry, control, reports, tampered}: EffectParts): Effects => ({
  streamBegins: head => registry.twins.forgetOffsetsFrom(head),
  twins: events => reports.apply(events),
  connectivity: events => registry.connectivity.apply(connectivityChanges(events)),
  async command({tenant, device, type, attributes, payload}) {
    const id = attributes?.causationid ?? '';
    const stage = type.slice('command.'.length) as 'ack' | 'progress' | 'result';
    await control.onDeviceMessage({tenant, device, id, stage, payload});
  },
  tamper: tampered,
});
