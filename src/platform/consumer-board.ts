/** How consumers of all tenants are, for those who watch over the platform. */
import type {ConsumerStatus, ConsumersStatus} from '../domain/status.js';
import type {Registry} from '../registry/registry.js';
import type {StreamReader} from '../stream/event-stream.js';
import type {ConsumerPart} from './consumer-part.js';

export interface ConsumerSources {
  readonly registry: Registry;
  readonly reader: StreamReader;
  readonly part: Pick<ConsumerPart, 'startedMs' | 'restarts' | 'tallies'>;
}

export class ConsumerBoard {
  readonly #sources: ConsumerSources;

  constructor(sources: ConsumerSources) {
    this.#sources = sources;
  }

  async each(): Promise<ConsumerStatus[]> {
    const {registry, reader, part} = this.#sources;
    const [standings, tallies] = await Promise.all([registry.consumers.standings(), part.tallies()]);
    const tallyOf = new Map(tallies.map(tally => [`${tally.tenant}/${tally.name}`, tally]));
    const head = reader.head();
    return standings.map(({offset, ...standing}) => {
      const {delivered = 0, failedAttempts = 0} = tallyOf.get(`${standing.tenant}/${standing.name}`) ?? {};
      return {...standing, lag: Math.max(0, head - 1 - offset), delivered, failedAttempts};
    });
  }

  async status(): Promise<ConsumersStatus> {
    const {registry, reader, part} = this.#sources;
    const standings = await registry.consumers.standings();
    const going = standings.filter(({state}) => state !== 'paused');
    const last = going.reduce<(typeof going)[number] | undefined>(
      (least, one) => (least === undefined || one.offset < least.offset ? one : least),
      undefined,
    );
    const {startedMs, restarts} = part;
    return {
      startedAt: startedMs === null ? null : new Date(startedMs).toISOString(),
      restarts,
      total: standings.length,
      failing: standings.filter(({state}) => state === 'failing').length,
      paused: standings.length - going.length,
      furthestBehind: last
        ? {tenant: last.tenant, name: last.name, lag: Math.max(0, reader.head() - 1 - last.offset)}
        : null,
    };
  }
}
