/** A stream whose events follow from their offsets, so that any process can make the same one again. */
const DEVICES = 50;
const START_MS = Date.UTC(2026, 0, 31);

export const eventAt = offset => ({
  offset,
  tenant: 'default',
  device: `thermostat-${String(offset % DEVICES).padStart(5, '0')}`,
  type: 'telemetry',
  component: offset % 3 === 0 ? 'motor' : '',
  timeMs: undefined,
  recordedMs: START_MS + offset,
  contentType: 'application/json',
  payload: Buffer.from(JSON.stringify({n: offset, half: offset / 2})),
  attributes: undefined,
});

/** Opens the stream of `folder` for reading; this one is not in any folder, and holds `eventCount` events. */
export function openReader(_folder, eventCount) {
  const cursors = new Map();
  return {
    first: () => 0,
    head: () => eventCount,
    read: async (offset, maxEvents) =>
      Array.from({length: Math.max(0, Math.min(maxEvents, eventCount - offset))}, (_, index) =>
        eventAt(offset + index),
      ),
    cursor: name => cursors.get(name),
    cursors: () => [...cursors].map(([name, offset]) => ({name, offset})),
    moveCursor: async (name, offset) => {
      cursors.set(name, offset);
    },
    bytes: () => 0,
    close: async () => {},
  };
}
