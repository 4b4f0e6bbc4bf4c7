/** Which metrics of a model a route makes. */
import type {ValueSpec} from '../../domain/model.js';
import type {RouteMetrics, RouteSpec} from './behaviour.js';
import type {Layout} from './device-state.js';
import {Route} from './generators/route.js';

/** One metric's part of a route. */
export interface RouteShare {
  readonly share: keyof RouteMetrics;
  readonly route: Route;
  /** Where what the route tells is in a device's numbers. */
  readonly places: Readonly<Record<keyof RouteMetrics, number>>;
  /** The metric that goes on along the way; absent for this one itself. */
  readonly first: string | undefined;
}

const TOLD = ['lat', 'lon', 'alt', 'speed', 'heading', 'stopped'] as const;

/** By metric. Throws a RangeError where the model has no metric for a position. */
export function sharesOf(
  name: string,
  spec: RouteSpec,
  metrics: Readonly<Record<string, ValueSpec>>,
  layout: Layout,
  stream: number,
): Map<string, RouteShare> {
  const named = TOLD.map(told => [told, spec.metrics?.[told] ?? `${name}.${told}`] as const);
  const found = named.filter(([, metric]) => Object.hasOwn(metrics, metric));
  const missing = named.find(
    ([told, metric]) =>
      !Object.hasOwn(metrics, metric) &&
      (told === 'lat' || told === 'lon' || spec.metrics?.[told] !== undefined),
  );
  if (missing)
    throw new RangeError(`the model has no metric ${missing[1]} for the ${missing[0]} of the route`);
  const route = new Route(layout, stream, spec);
  const places = Object.fromEntries(TOLD.map(told => [told, layout.take()])) as RouteShare['places'];
  const order = Object.keys(metrics);
  const inOrder = found.toSorted(([, one], [, other]) => order.indexOf(one) - order.indexOf(other));
  return new Map(
    inOrder.map(([share, metric], index) => [
      metric,
      {share, route, places, first: index === 0 ? undefined : inOrder[0]![1]},
    ]),
  );
}
