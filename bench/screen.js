/**
 * What the live screen costs a load test: the same run as fast as it goes, with it and with lines, alternating. `floor` is a broker
 * that only accepts and reads, so that the limit is the load test itself.
 *
 * Two figures, each the mean of what neighbouring runs say, with its standard error: how much less is sent, which a busy machine
 * moves by ten times what is looked for; and how much more processor time is used, of what the machine has. The screen is drawn by
 * a thread of its own, so that what it takes from the throughput is at most what it takes from the processors.
 *
 *     npm run bench -- screen --rounds 8 --seconds 30
 */
import {fork, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {BIN, benchFolder} from './support/platform.js';

const COST_PERCENT_MAX = 2;
/** A cost of throughput counts when it is beyond what chance alone makes of it (95 of 100 times). */
const ERRORS = 2;

const {values} = parseArgs({
  options: {
    rounds: {type: 'string', default: '8'},
    seconds: {type: 'string', default: '30'},
    publishers: {type: 'string', default: '50'},
  },
});
const {folder, remove} = benchFolder();
const floor = fork(join(import.meta.dirname, 'support/floor-broker.js'), {execArgv: []});
const [{port}] = await once(floor, 'message');

/** `script` (util-linux) gives each run a terminal of its own; with CI set, lines are written to it. */
function runOnce(withScreen) {
  const summary = join(folder, 'report.json');
  const load = `bench pub --url mqtt://127.0.0.1:${port} --protocol-version 4 --devices ${values.publishers} --rate max --qos 0 --payload 64`;
  const ends = `--duration ${values.seconds}s --no-keep-run --summary json:${summary}`;
  const command = `stty cols 80 rows 24; ${process.execPath} ${BIN} ${load} ${ends}`;
  const {status, stdout} = spawnSync('script', ['-qec', command, '/dev/null'], {
    env: {
      ...process.env,
      CI: withScreen ? 'false' : '1',
      TERM: 'xterm-256color',
      XDG_CONFIG_HOME: folder,
      XDG_STATE_HOME: folder,
    },
  });
  if (status !== 0) throw new Error(`the load test ended with ${status}: ${stdout.toString()}`);
  const {counters, generator, loadMs} = JSON.parse(readFileSync(summary, 'utf8'));
  return {sentPerSec: (counters.sent.total * 1000) / loadMs, cores: generator.cores};
}

const mean = numbers => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const standardError = numbers =>
  Math.sqrt(
    numbers.reduce((sum, number) => sum + (number - mean(numbers)) ** 2, 0) /
      (numbers.length - 1) /
      numbers.length,
  );
const told = ({sentPerSec, cores}) => `${Math.round(sentPerSec)}/s at ${cores.toFixed(3)} cores`;
const percent = number => Math.round(number * 10_000) / 100;

try {
  // The first run of a machine that did nothing before is slower than any other.
  runOnce(true);
  const screen = [];
  const line = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    // Whoever is first in one round is second in the next.
    for (const withScreen of round % 2 === 0 ? [true, false] : [false, true])
      (withScreen ? screen : line).push(runOnce(withScreen));
    process.stderr.write(`with the screen ${told(screen.at(-1))}, without ${told(line.at(-1))}\n`);
  }
  const throughputCosts = screen.map((run, round) => 1 - run.sentPerSec / line[round].sentPerSec);
  const cpuCosts = screen.map((run, round) => (run.cores - line[round].cores) / availableParallelism());
  const result = {
    bench: 'screen',
    withScreenPerSec: Math.round(mean(screen.map(run => run.sentPerSec))),
    withoutPerSec: Math.round(mean(line.map(run => run.sentPerSec))),
    throughputCostPercent: percent(mean(throughputCosts)),
    throughputCostPercentError: percent(standardError(throughputCosts)),
    cpuCostPercent: percent(mean(cpuCosts)),
    cpuCostPercentError: percent(standardError(cpuCosts)),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  const surely = result.throughputCostPercent - ERRORS * result.throughputCostPercentError;
  if (result.cpuCostPercent > COST_PERCENT_MAX || surely > COST_PERCENT_MAX) process.exitCode = 9;
} finally {
  floor.kill();
  remove();
}
