import {labelOfGroup} from '../../domain/stats.js';
import type {StatsGroup} from '../../domain/stats-table.js';

/** What a group says of itself; `keys` are its metric, and what it is grouped by. */
export function groupOf([metric, ...keys]: readonly (string | null)[], by: readonly string[]): StatsGroup {
  const labels = by.flatMap((group, index) => {
    const label = labelOfGroup(group);
    return label === undefined ? [] : [[label, keys[index]!] as const];
  });
  return {
    metric: metric!,
    ...(by.includes('device') ? {device: keys[by.indexOf('device')]!} : {}),
    ...(by.includes('component') ? {component: keys[by.indexOf('component')]!} : {}),
    ...(labels.length === 0 ? {} : {labels: Object.fromEntries(labels)}),
  };
}
