/** `device lamp-1`, `5 devices (a, b, c, …)`: which ones a question is about. */
export const namedDevices = (ids: readonly string[]): string =>
  ids.length === 1
    ? `device ${ids[0]}`
    : `${ids.length} devices (${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''})`;
