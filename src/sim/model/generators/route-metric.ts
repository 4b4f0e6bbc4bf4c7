import type {RouteMetrics} from '../behaviour.js';
import type {DeviceState} from '../device-state.js';
import type {Generator, GeneratorContext} from '../generator.js';
import type {RouteShare} from '../route-plan.js';
import type {Position, Route} from './route.js';

type Told = keyof RouteMetrics;

/** UCUM units of a speed, and how many of them are a kilometre per hour. */
const SPEED_UNITS: Readonly<Record<string, number>> = {
  'km/h': 1,
  'm/s': 1 / 3.6,
  '[kn_i]': 1 / 1.852,
  '[mi_i]/h': 1 / 1.609344,
};

const position: Position = {lat: 0, lon: 0, alt: 0, speedKmh: 0, headingDeg: 0, stopped: false};

/** Digits behind the point: a metre for positions. */
export const ROUTE_DIGITS: Readonly<Record<Told, number>> = {
  lat: 5,
  lon: 5,
  alt: 1,
  speed: 1,
  heading: 0,
  stopped: 0,
};

/** One of the metrics of a route. The first of them goes on along the way, and the others read where it is. */
export class RouteMetric implements Generator {
  readonly #route: Route;
  readonly #isFirst: boolean;
  readonly #places: RouteShare['places'];
  readonly #at: number;
  readonly #factor: number;

  constructor(context: GeneratorContext, {share: told, route, places, first}: RouteShare) {
    const {spec} = context;
    const isFit =
      told === 'stopped' ? spec.type === 'boolean' : spec.type === 'number' || spec.type === 'integer';
    if (!isFit)
      throw new RangeError(
        `${told} of a route is a ${told === 'stopped' ? 'boolean' : 'number'}, and the metric a ${spec.type}`,
      );
    this.#route = route;
    // The first one has gone on before the others are read.
    if (first !== undefined) context.find(first, 'now');
    this.#isFirst = first === undefined;
    this.#places = places;
    this.#at = places[told];
    this.#factor = told === 'speed' ? speedFactor(spec.unit) : 1;
  }

  start(device: DeviceState): number {
    if (this.#isFirst) {
      this.#route.start(device);
      this.#tell(device);
    }
    return this.#told(device);
  }

  next(device: DeviceState): number {
    if (this.#isFirst) {
      this.#route.advance(device, device.passedMs);
      this.#tell(device);
    }
    return this.#told(device);
  }

  #told({numbers}: DeviceState): number {
    return numbers[this.#at]! * this.#factor;
  }

  #tell(device: DeviceState): void {
    this.#route.locate(device, position);
    const {numbers} = device;
    numbers[this.#places.lat] = position.lat;
    numbers[this.#places.lon] = position.lon;
    numbers[this.#places.alt] = position.alt;
    numbers[this.#places.speed] = position.speedKmh;
    numbers[this.#places.heading] = position.headingDeg;
    numbers[this.#places.stopped] = position.stopped ? 1 : 0;
  }
}

function speedFactor(unit = 'km/h'): number {
  const factor = SPEED_UNITS[unit];
  if (factor === undefined)
    throw new RangeError(
      `a route has a speed in ${Object.keys(SPEED_UNITS).join(', ')}, and the metric in ${unit}`,
    );
  return factor;
}
