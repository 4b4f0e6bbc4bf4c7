/** Which series a question is about, and which group each of them belongs to. */
import {labelOfGroup} from '../../domain/stats.js';
import type {StatsGroup} from '../../domain/stats-table.js';
import {ChosenSeries} from '../resident/chosen-series.js';
import type {Series, SeriesNumbers} from '../resident/series-numbers.js';
import {compareNullsFirst} from '../text-order.js';
import {groupOf} from './group-of.js';
import type {ReadingChoice, StatsRequest} from './stats-request.js';

/** What is grouped by: the metric, and one for each of `by`. */
type Keys = readonly (string | null)[];

export interface SeriesGroups {
  /** Sorted by their keys, those that are null first. */
  readonly groups: readonly StatsGroup[];
  /** Those that are asked for, each with its group. */
  readonly series: ChosenSeries;
  /** Some group has several series. */
  readonly areMixed: boolean;
}

/** Numbers of the series that are asked for, each once, metric by metric. */
export function chosenSeries(numbers: SeriesNumbers, choice: ReadingChoice): readonly number[] {
  const {metrics, component, devices = [], onlyDevices} = choice;
  const ids = onlyDevices ? new Set(devices.map(({device}) => device)) : undefined;
  const [first, ...others] = [...new Set(metrics)].map(metric => ofMetric(numbers, metric, ids));
  const chosen = others.length === 0 ? (first ?? []) : [first!, ...others].flat();
  if (component === undefined) return chosen;
  return chosen.filter(number => numbers.all[number]!.component === component);
}

const ofMetric = (
  numbers: SeriesNumbers,
  metric: string,
  ids: ReadonlySet<string> | undefined,
): readonly number[] =>
  ids === undefined ? numbers.ofMetric(metric) : [...ids].flatMap(device => numbers.ofDevice(metric, device));

interface Group {
  readonly keys: Keys;
  members: number;
  /** Among all groups. */
  place: number;
}

export function groupSeries(numbers: SeriesNumbers, request: StatsRequest): SeriesGroups {
  const chosen = chosenSeries(numbers, request);
  if (request.by.length === 0 && request.metrics.length === 1) return oneGroup(numbers, chosen, request);
  const {groups, groupOfEach} = membersOf(numbers, chosen, request);
  groups.sort((a, b) => compareKeys(a.keys, b.keys));
  for (const [place, group] of groups.entries()) group.place = place;
  return {
    groups: groups.map(({keys}) => groupOf(keys, request.by)),
    series: new ChosenSeries(chosen, numbers.all.length, index => groupOfEach[index]!.place),
    areMixed: groups.some(({members}) => members > 1),
  };
}

/** Without a look at each series. */
const oneGroup = (
  numbers: SeriesNumbers,
  chosen: readonly number[],
  {metrics}: StatsRequest,
): SeriesGroups => ({
  groups: chosen.length === 0 ? [] : [groupOf(metrics, [])],
  series: new ChosenSeries(chosen, numbers.all.length, () => 0),
  areMixed: chosen.length > 1,
});

/** `groupOfEach`: in the order of the chosen ones. */
function membersOf(
  {all}: SeriesNumbers,
  chosen: readonly number[],
  request: StatsRequest,
): {groups: Group[]; groupOfEach: Group[]} {
  const named = new Map<string, Group>();
  const keysOf = keysFor(request);
  const groupOfEach: Group[] = [];
  for (const number of chosen) {
    const series = all[number]!;
    const group = groupNamed(named, keysOf(series));
    group.members++;
    groupOfEach.push(group);
  }
  return {groups: [...named.values()], groupOfEach};
}

function groupNamed(named: Map<string, Group>, keys: Keys): Group {
  const name = JSON.stringify(keys);
  const present = named.get(name);
  if (present !== undefined) return present;
  const group = {keys, members: 0, place: 0};
  named.set(name, group);
  return group;
}

function keysFor({by, devices = []}: StatsRequest): (series: Series) => Keys {
  const labelsOf = new Map(devices.map(({device, labels}) => [device, labels]));
  const labels = by.filter(group => labelOfGroup(group) !== undefined);
  return ({metric, device, component}) => [
    metric,
    ...by.map(group => {
      if (group === 'device') return device;
      if (group === 'component') return component;
      return labelsOf.get(device)?.[labels.indexOf(group)] ?? null;
    }),
  ];
}

function compareKeys(a: Keys, b: Keys): number {
  for (const [index, key] of a.entries()) {
    const order = compareNullsFirst(key, b[index]!);
    if (order !== 0) return order;
  }
  return 0;
}
