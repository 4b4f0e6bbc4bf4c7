import type {Freshness} from '../domain/stats.js';
import {relativeTime} from './relative-time.js';
import {say} from './stdout.js';

/** How much of what devices said is in an answer. */
export function sayFreshness({freshness: {completeTo, lag, lastEventAt}}: {freshness: Freshness}): void {
  const behind =
    lag === 0 ? 'nothing waits to be stored' : `${lag} events wait to be stored; --consistent waits for them`;
  const last =
    lastEventAt === null
      ? ''
      : ` The last event came ${lastEventAt} (${relativeTime(Date.parse(lastEventAt), Date.now())}).`;
  say(`Complete up to offset ${completeTo}: ${behind}.${last}`);
}
