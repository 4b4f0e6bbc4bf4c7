/** Which types of events are asked for: `telemetry`, `command.*`, or several with commas between them. */

/** Every type that is wanted; a `prefix` ends with the dot before its star. */
export interface EventTypes {
  readonly exact: readonly string[];
  readonly prefixes: readonly string[];
}

/** An empty part is no type. */
export function parseEventTypes(text: string): EventTypes {
  const parts = text.split(',').filter(part => part !== '');
  return {
    exact: parts.filter(part => !part.endsWith('.*')),
    prefixes: parts.filter(part => part.endsWith('.*')).map(part => part.slice(0, -1)),
  };
}

export const hasType = ({exact, prefixes}: EventTypes, type: string): boolean =>
  exact.includes(type) || prefixes.some(prefix => type.startsWith(prefix));
