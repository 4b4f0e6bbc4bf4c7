import {describe, expect, it} from 'vitest';
import {distanceM} from '../../../src/sim/model/generators/route.js';
import {readSimulation} from '../../../src/sim/model/read-simulation.js';
import {modelOf, told} from '../../support/simulated.js';

const NUMBER = {type: 'number'} as const;

const metrics = {
  'position.lat': NUMBER,
  'position.lon': NUMBER,
  'position.alt': NUMBER,
  'position.speed': {type: 'number', unit: 'm/s'},
  'position.heading': NUMBER,
  'position.stopped': {type: 'boolean'},
} as const;

const routeOf = (route: object) => modelOf({metrics, simulate: {metrics: {position: {route}}}});

const OSLO = {lat: 59.9139, lon: 10.7522};
const BERGEN = {lat: 60.3913, lon: 5.3221};
const MINUTE = {everyMs: 60_000};

const placeOf = (values: Record<string, unknown>) => ({
  lat: values['position.lat'] as number,
  lon: values['position.lon'] as number,
});

describe('a route', () => {
  it('goes at its speed along its points', () => {
    expect(distanceM(OSLO, BERGEN)).toBeCloseTo(305_000, -4);
    const places = told(
      routeOf({
        points: [
          [0, 0, 100],
          [0, 1, 200],
        ],
        speed: 60,
      }),
      60,
      MINUTE,
    );
    // A degree of longitude at the equator is 111.2 km: at 60 km/h it is not there after an hour.
    for (const [index, values] of places.slice(1).entries()) {
      expect(distanceM(placeOf(places[index]!), placeOf(values))).toBeCloseTo(1000, -1);
      expect(values).toMatchObject({
        'position.speed': 16.7,
        'position.heading': 90,
        'position.stopped': false,
      });
    }
    expect(places.at(-1)!['position.alt']).toBeCloseTo(153, 0);
  });

  it.each([
    ['loop', [0, 1, 0.99], 270],
    ['back', [0, 1, 0.99], 270],
    ['stop', [0, 1, 1], 90],
  ])('then %s', (end, expected, heading) => {
    const hour = distanceM({lat: 0, lon: 0}, {lat: 0, lon: 1}) / 1000;
    const model = routeOf({
      points: [
        [0, 0],
        [0, 1],
      ],
      speed: hour,
      end,
    });
    const places = told(model, 3, {everyMs: 3_600_000 - 1});
    expect(places.map(values => placeOf(values).lon).map(lon => Math.round(lon * 100) / 100)).toEqual([
      expected[0],
      expected[1],
      end === 'stop' ? 1 : 0,
    ]);
    expect(told(model, 2, {everyMs: 3_636_000}).at(-1)).toMatchObject({
      'position.lon': expect.closeTo(expected[2]!, 2),
      'position.heading': heading,
      'position.stopped': end === 'stop',
    });
  });

  it('stands at its stops', () => {
    const points = [{lat: 0, lon: 0, stop: '30m'}, [0, 1]];
    const places = told(routeOf({points, speed: 60}), 32, MINUTE);
    expect(places[29]).toMatchObject({'position.lon': 0, 'position.speed': 0, 'position.stopped': true});
    expect(places[31]!['position.stopped']).toBe(false);
    expect(places[31]!['position.lon']).toBeGreaterThan(0);
  });

  it('crosses the line where days change', () => {
    const places = told(
      routeOf({
        points: [
          [0, 179.9],
          [0, -179.9],
        ],
        speed: 60,
        end: 'stop',
      }),
      60,
      MINUTE,
    );
    for (const [index, values] of places.slice(1).entries())
      expect(distanceM(placeOf(places[index]!), placeOf(values))).toBeLessThan(1010);
    expect(placeOf(places.at(-1)!).lon).toBeCloseTo(-179.9, 3);
  });

  it('is received with noise, and begun where one says', () => {
    const model = routeOf({
      points: [
        [0, 0],
        [0, 1],
      ],
      speed: 0.001,
      start: [0, 1],
      noise: 10,
    });
    const [first, second] = [1, 2].map(index => told(model, 200, {index}).map(placeOf));
    expect(distanceM(first![0]!, second![0]!)).toBeGreaterThan(100);
    const north = first!.map(({lat}) => distanceM({lat: 0, lon: 0}, {lat, lon: 0}));
    expect(Math.sqrt(north.reduce((sum, metres) => sum + metres ** 2, 0) / north.length)).toBeCloseTo(10, -1);
  });

  it('has metrics of other names', () => {
    const model = modelOf({
      metrics: {breite: NUMBER, laenge: NUMBER, x: NUMBER},
      simulate: {
        metrics: {
          way: {
            route: {
              points: [
                [1, 2],
                [1, 3],
              ],
              speed: 10,
              metrics: {lat: 'breite', lon: 'laenge'},
            },
          },
          x: 'laenge * 2',
        },
      },
    });
    expect(told(model, 1)).toEqual([{breite: 1, laenge: 2, x: 4}]);
  });

  it.each([
    ['one point', {points: [[1, 2]], speed: 1}, 'fewer than two points'],
    [
      'no way',
      {
        points: [
          [1, 2],
          [1, 2],
        ],
        speed: 1,
      },
      'all points of the route are the same',
    ],
    [
      'no speed',
      {
        points: [
          [1, 2],
          [1, 3],
        ],
        speed: 0,
      },
      'speed has to be above 0',
    ],
    [
      'a place that is none',
      {
        points: [
          [91, 2],
          [1, 3],
        ],
        speed: 1,
      },
      'expected number to be <=90',
    ],
    [
      'a metric that is none',
      {
        points: [
          [1, 2],
          [1, 3],
        ],
        speed: 1,
        metrics: {lat: 'x'},
      },
      'no metric x for the lat',
    ],
  ])('with %s is refused', (_, route, message) => {
    const {problems} = readSimulation({
      model: 'm',
      version: 1,
      metrics,
      simulate: {metrics: {position: {route}}},
    });
    expect(problems.map(problem => problem.message).join()).toContain(message);
  });
});
