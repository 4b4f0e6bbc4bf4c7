/**
 * An event: one thing that a device or the platform said. This is the compact form that travels inside;
 * `cloud-event.ts` gives the form that is shown outside.
 */

/** JSON text, or bytes that could not be decoded (type `undecodable`). */
export type ContentType = 'application/json' | 'application/octet-stream';

export interface NewEvent {
  readonly tenant: string;
  /** Empty for an event of the platform itself. */
  readonly device: string;
  /** `telemetry`, `event.{type}`, `status`, `undecodable`, `command.result`, `device.connected`, … */
  readonly type: string;
  /** Empty where the device named none. */
  readonly component: string;
  /** The device's own clock, when it gave one, in Unix milliseconds. */
  readonly timeMs: number | undefined;
  /** The platform's clock when the event arrived, in Unix milliseconds. */
  readonly recordedMs: number;
  readonly contentType: ContentType;
  /** Exactly what was said: JSON text in UTF-8, or raw bytes. */
  readonly payload: Uint8Array;
  /** CloudEvents extension attributes: `severity`, `reason`, `sessionid`, `causationid`, … */
  readonly attributes: Readonly<Record<string, string>> | undefined;
}

export interface StoredEvent extends NewEvent {
  /** Position in the event stream; grows by one with each event. */
  readonly offset: number;
}

/** What the platform itself has to say: of a device, of a tenant, or of nobody. */
export const ownEvent = ({
  tenant = '',
  device = '',
  type,
  recordedMs = Date.now(),
  data,
}: Partial<Pick<NewEvent, 'tenant' | 'device' | 'recordedMs'>> & {
  readonly type: string;
  /** What JSON can say. */
  readonly data: unknown;
}): NewEvent => ({
  tenant,
  device,
  type,
  component: '',
  timeMs: undefined,
  recordedMs,
  contentType: 'application/json',
  payload: Buffer.from(JSON.stringify(data)),
  attributes: undefined,
});

/** The time an event is filed under: the device's, or the platform's where the device gave none. */
export const eventTimeMs = (event: NewEvent): number => event.timeMs ?? event.recordedMs;

/** Device time more than this ahead of the platform is kept and marked. */
export const FUTURE_TOLERANCE_MS = 5 * 60_000;
