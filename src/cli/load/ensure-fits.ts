/** What a load test says about this machine before it starts. */
import {
  isTooLow,
  type PlannedConnections,
  type Preflight,
  preflight,
  refuseTooMany,
} from '../../sim/agents/preflight.js';
import {say} from '../stdout.js';

/**
 * Says how many of the connections fit, and warns of estimates that speak against them. Throws `IOT_MACHINE_LIMIT` with what to type
 * where the kernel would refuse some of them in the middle of the run, and what `preflight` throws.
 */
export async function ensureFits(planned: PlannedConnections): Promise<void> {
  const found = await preflight(planned);
  refuseTooMany(found);
  for (const line of linesOf(found)) say(line);
}

function linesOf({connections, tightest, limits}: Preflight): string[] {
  const fit =
    tightest === undefined
      ? 'this platform does not tell how many fit'
      : `${tightest.fits} fit (${tightest.name})`;
  const doubts = limits.filter(limit => !limit.strict && isTooLow(limit, connections));
  return [
    `${connections} connections, ${fit}`,
    ...doubts.map(
      ({name, fits, reason, remedy}) => `warning: ${name}: ${fits} fit: ${reason}. Type ${remedy}`,
    ),
  ];
}
