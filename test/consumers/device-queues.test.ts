import fc from 'fast-check';
import {expect, it} from 'vitest';
import {DeviceQueues, type Waiting} from '../../src/consumers/device-queues.js';
import {sampleEvent} from '../stream/sample-events.js';

const waitingAt = (offset: number, device: string): Waiting => ({
  event: {...sampleEvent({device}), offset},
  isReplay: false,
  alone: false,
});

/** Whatever is put back, in whatever order deliveries end: a device has one at a time, and its events in order. */
it('keeps the order of each device', () => {
  const step = fc.oneof(
    fc.record({add: fc.constantFrom('a', 'b', 'c')}),
    fc.record({take: fc.integer({min: 1, max: 4})}),
    fc.record({end: fc.nat(), putBack: fc.boolean()}),
  );
  fc.assert(
    fc.property(fc.array(step, {maxLength: 60}), steps => {
      const queues = new DeviceQueues();
      const taken: Waiting[][] = [];
      const done = new Map<string, number[]>();
      let offset = 0;
      const take = (max: number): void => {
        const next = queues.take(max);
        expect(next.length).toBeLessThanOrEqual(max);
        if (next.some(({alone}) => alone)) expect(next).toHaveLength(1);
        const busy = taken.flat().map(({event}) => event.device);
        for (const {event} of next) expect(busy).not.toContain(event.device);
        if (next.length > 0) taken.push(next);
      };
      const end = (index: number, putBack: boolean): void => {
        const [ended] = taken.splice(index % taken.length, 1);
        if (putBack) {
          queues.putBack(ended!.map(waiting => ({...waiting, alone: true})));
          return;
        }
        queues.done(ended!);
        for (const {event} of ended!)
          done.set(event.device, [...(done.get(event.device) ?? []), event.offset]);
      };
      for (const each of steps) {
        if ('add' in each) queues.add(waitingAt(offset++, each.add));
        else if ('take' in each) take(each.take);
        else if (taken.length > 0) end(each.end, each.putBack);
      }
      while (queues.count > 0) {
        take(2);
        if (taken.length > 0) end(0, false);
      }
      expect(queues.bytes).toBe(0);
      expect([...done.values()].flat()).toHaveLength(offset);
      for (const offsets of done.values()) expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    }),
  );
});
