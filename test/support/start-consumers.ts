/** Consumers at work in this process: with a real registry behind the API, and events in memory. */
import {Consumers} from '../../src/consumers/consumers.js';
import {openSink} from '../../src/consumers/open-sink.js';
import type {Sink} from '../../src/consumers/sink.js';
import {ConsumerBoard} from '../../src/platform/consumer-board.js';
import {until} from './deadline.js';
import {startTestApi} from './start-api.js';

export async function startConsumers({
  clock,
  sink,
}: {
  clock?: () => number;
  sink?: (name: string) => Sink;
} = {}) {
  let consumers: Consumers | undefined;
  let isKilled = false;
  const api = await startTestApi(
    {consumerStatus: () => board.each()},
    {
      ...(clock && {clock}),
      allowExec: true,
      onConsumers: () => consumers?.changed(),
      consumersSettled: async () => await consumers?.settled(),
    },
  );
  const board = new ConsumerBoard({
    registry: api.registry,
    reader: api.events.ports.stream,
    part: {startedMs: null, restarts: 0, tallies: async () => consumers?.tallies() ?? []},
  });
  const faults: string[] = [];
  const filesFolder = api.consumerFolder;
  const begin = (): void => {
    const desk = api.admin.consumerDesk;
    consumers = new Consumers({
      writeEveryMs: 5,
      firstRetryMs: 5,
      graceMs: 50,
      openSink: spec =>
        sink?.(spec.name) ?? openSink(spec, {filesFolder, allowExec: true, isFull: () => false}),
      ports: {
        ...api.events.ports,
        running: () => desk.running(),
        progressed: async all => {
          if (!isKilled) await desk.progressed(all);
        },
        putAside: refused => desk.putAside(refused),
        replays: of => desk.replays(of),
        replayed: of => desk.replayed(of),
        begins: of => desk.begins(of),
        deviceTraits: ({tenant, device}) => api.registry.devices.facts(tenant, device),
        onFault: ({message}) => faults.push(message),
      },
    });
    consumers.changed();
  };
  begin();
  return {
    api,
    client: api.client.consumers,
    board,
    events: api.events,
    stateOf: (name: string) => api.registry.consumers.get('default', name),
    /** Once it has done with everything that there is. */
    caughtUp: (name: string) =>
      until(
        async () =>
          (await api.registry.consumers.get('default', name)).offset >= api.events.stream.head() - 1,
        `${name} to catch up`,
      ),
    /** What went wrong within. */
    faults,
    filesFolder,
    /** Ends as a kill does: nothing is written down any more. */
    async crash(): Promise<void> {
      isKilled = true;
      await consumers?.close();
      isKilled = false;
    },
    close: async () => await consumers?.close(),
    begin,
    async [Symbol.asyncDispose]() {
      await consumers?.close();
      await api[Symbol.asyncDispose]();
    },
  };
}
