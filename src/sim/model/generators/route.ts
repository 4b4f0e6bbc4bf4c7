/** A way on the map: where a device is on it, after how long. */
import type {RoutePoint, RouteSpec} from '../behaviour.js';
import {CompiledParameter} from '../compiled-parameter.js';
import type {DeviceState, Layout} from '../device-state.js';
import {drawNormal} from '../random-stream.js';

/** Mean radius (IUGG). */
const EARTH_M = 6_371_009;
const RADIANS = Math.PI / 180;
const METRES_OF_A_DEGREE = EARTH_M * RADIANS;
const KMH_OF_METRES_PER_MS = 3600;

interface Leg {
  readonly from: RoutePoint;
  readonly to: RoutePoint;
  readonly lengthM: number;
  /** Before it sets out. */
  readonly stopMs: number;
  readonly headingDeg: number;
}

export interface Position {
  lat: number;
  lon: number;
  alt: number;
  speedKmh: number;
  headingDeg: number;
  stopped: boolean;
}

export class Route {
  readonly #legs: readonly Leg[];
  readonly #ends: boolean;
  readonly #lengthM: number;
  readonly #stopsMs: number;
  readonly #stream: number;
  readonly #speed: CompiledParameter;
  readonly #noise: CompiledParameter;
  readonly #start: CompiledParameter;
  readonly #leg: number;
  /** Since it came to where the leg begins. */
  readonly #spentMs: number;

  constructor(layout: Layout, stream: number, {points, end, speed, noise, start}: RouteSpec) {
    this.#ends = end === 'stop';
    this.#legs = legsOf(points, end);
    this.#lengthM = this.#legs.reduce((sum, {lengthM}) => sum + lengthM, 0);
    this.#stopsMs = this.#legs.reduce((sum, {stopMs}) => sum + stopMs, 0);
    if (this.#lengthM === 0) throw new RangeError('all points of the route are the same');
    if ((typeof speed === 'number' ? speed : speed[0]) <= 0) throw new RangeError('speed has to be above 0');
    this.#stream = stream;
    this.#speed = new CompiledParameter(layout, speed);
    this.#noise = new CompiledParameter(layout, noise);
    this.#start = new CompiledParameter(layout, start);
    this.#leg = layout.take();
    this.#spentMs = layout.take();
  }

  start(device: DeviceState): void {
    for (const parameter of [this.#speed, this.#noise, this.#start]) parameter.start(device, this.#stream);
    device.numbers[this.#leg] = 0;
    device.numbers[this.#spentMs] = 0;
    this.advance(device, this.#start.of(device) * this.#roundMs(device));
  }

  /** Goes on for that long. */
  advance(device: DeviceState, passedMs: number): void {
    const {numbers} = device;
    let spentMs =
      numbers[this.#spentMs]! + Math.max(0, this.#ends ? passedMs : passedMs % this.#roundMs(device));
    let leg = numbers[this.#leg]!;
    for (;;) {
      const {lengthM, stopMs} = this.#legs[leg]!;
      const legMs = stopMs + lengthM / this.#metresPerMs(device);
      if (spentMs < legMs) break;
      if (this.#ends && leg === this.#legs.length - 1) {
        spentMs = legMs;
        break;
      }
      spentMs -= legMs;
      leg = (leg + 1) % this.#legs.length;
    }
    numbers[this.#leg] = leg;
    numbers[this.#spentMs] = spentMs;
  }

  /** Where it is, as its receiver says. */
  locate(device: DeviceState, position: Position): void {
    const {numbers} = device;
    const {from, to, lengthM, stopMs, headingDeg} = this.#legs[numbers[this.#leg]!]!;
    const drivenMs = numbers[this.#spentMs]! - stopMs;
    const part =
      lengthM === 0 ? 1 : Math.min(1, Math.max(0, (drivenMs * this.#metresPerMs(device)) / lengthM));
    const noiseM = this.#noise.of(device);
    const [north, east] =
      noiseM === 0
        ? [0, 0]
        : [noiseM * drawNormal(numbers, this.#stream), noiseM * drawNormal(numbers, this.#stream)];
    const lat = from.lat + (to.lat - from.lat) * part;
    position.lat = Math.min(90, Math.max(-90, lat + north / METRES_OF_A_DEGREE));
    position.lon = wrapped(from.lon + wrapped(to.lon - from.lon) * part + east / lengthOfLongitude(lat));
    position.alt = (from.alt ?? 0) + ((to.alt ?? 0) - (from.alt ?? 0)) * part;
    position.stopped = drivenMs < 0 || (this.#ends && part === 1);
    position.speedKmh = position.stopped ? 0 : this.#speed.of(device);
    position.headingDeg = headingDeg;
  }

  #metresPerMs(device: DeviceState): number {
    return this.#speed.of(device) / KMH_OF_METRES_PER_MS;
  }

  #roundMs(device: DeviceState): number {
    return this.#stopsMs + this.#lengthM / this.#metresPerMs(device);
  }
}

function legsOf(points: readonly RoutePoint[], end: RouteSpec['end']): Leg[] {
  const back = end === 'back' ? points.slice(1, -1).reverse() : [];
  const stations = [...points, ...back];
  const last = stations.length - (end === 'stop' ? 1 : 0);
  return stations.slice(0, last).map((from, index) => {
    const to = stations[(index + 1) % stations.length]!;
    return {from, to, stopMs: from.stop ?? 0, lengthM: distanceM(from, to), headingDeg: bearingDeg(from, to)};
  });
}

/** Haversine formula: accurate to half a percent, as the Earth is no sphere. */
export function distanceM(from: RoutePoint, to: RoutePoint): number {
  const half =
    Math.sin(((to.lat - from.lat) * RADIANS) / 2) ** 2 +
    Math.cos(from.lat * RADIANS) *
      Math.cos(to.lat * RADIANS) *
      Math.sin(((to.lon - from.lon) * RADIANS) / 2) ** 2;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(half)));
}

/** From north over east, 0 to below 360. */
function bearingDeg(from: RoutePoint, to: RoutePoint): number {
  const east = (to.lon - from.lon) * RADIANS;
  const [south, north] = [from.lat * RADIANS, to.lat * RADIANS];
  const angle = Math.atan2(
    Math.sin(east) * Math.cos(north),
    Math.cos(south) * Math.sin(north) - Math.sin(south) * Math.cos(north) * Math.cos(east),
  );
  return (angle / RADIANS + 360) % 360;
}

/** Metres; at the poles there is none, and noise has to stay finite. */
const lengthOfLongitude = (lat: number): number =>
  METRES_OF_A_DEGREE * Math.max(0.01, Math.cos(lat * RADIANS));

/** -180 to below 180. */
const wrapped = (lon: number): number => ((((lon + 180) % 360) + 360) % 360) - 180;
