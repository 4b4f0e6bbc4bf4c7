/** Where each client of a run connects to and from: brokers and source addresses in turn. */
import {type Endpoint, openEndpoint} from '../wire/endpoint.js';
import type {Identity} from './identity.js';
import type {LoadPlan} from './plan.js';

export interface Route {
  readonly endpoint: Endpoint;
  readonly localAddress: string | undefined;
}

export class Endpoints {
  readonly #plan: LoadPlan;
  readonly #shared: readonly Endpoint[];

  private constructor(plan: LoadPlan, shared: readonly Endpoint[]) {
    this.#plan = plan;
    this.#shared = shared;
  }

  /** Throws what `openEndpoint` throws. */
  static async open(plan: LoadPlan): Promise<Endpoints> {
    const {brokers, certificate} = plan;
    const shared = brokers.map(({target, trust}) => openEndpoint(target, optional({trust, certificate})));
    return new Endpoints(plan, await Promise.all(shared));
  }

  /** `place` is that among all clients. A certificate of one's own needs an endpoint of one's own. */
  async route(place: number, {certificate}: Identity): Promise<Route> {
    const {brokers, sources} = this.#plan;
    const {target, trust} = brokers[place % brokers.length]!;
    return {
      endpoint:
        certificate === undefined
          ? this.#shared[place % brokers.length]!
          : await openEndpoint(target, optional({trust, certificate})),
      localAddress: sources.length === 0 ? undefined : sources[place % sources.length],
    };
  }
}

/** Without what is undefined. */
const optional = <Options extends object>(
  options: Options,
): {[Key in keyof Options]?: NonNullable<Options[Key]>} =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
