/** How many connections a process may hold. */
import {readFileSync} from 'node:fs';

/** Files that a process needs besides its connections. */
const OTHERS = 500;

/** What to type before `connections` can be held; undefined when they can. */
export function tooFewFiles(connections) {
  const needed = connections + OTHERS;
  const [, soft, hard] = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(
    readFileSync('/proc/self/limits', 'utf8'),
  );
  // Node raises the soft limit to the hard one when it starts.
  const limit = [soft, hard].includes('unlimited') ? Infinity : Math.max(Number(soft), Number(hard));
  if (limit >= needed) return undefined;
  return `${connections} connections need ${needed} open files, and ${limit} are allowed; as root: ulimit -Hn ${needed} && ulimit -Sn ${needed}`;
}
