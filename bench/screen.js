/**
 * What the live screen costs a load test: the same run as fast as it goes, with it and with lines, alternating. `floor` is a broker
 * that only accepts and reads, so that the limit is the load test itself. Neighbouring runs are compared, and the mean of what each
 * pair says is told with its standard error: a busy machine moves single runs by ten times what is looked for.
 *
 *     npm run bench -- screen --rounds 8 --seconds 30
 */
import {fork, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {BIN, benchFolder} from './support/platform.js';

/** Of the throughput. */
const COST_PERCENT_MAX = 2;

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
  const {counters, generator, loadMs, durationMs} = JSON.parse(readFileSync(summary, 'utf8'));
  const sentPerSec = (counters.sent.total * 1000) / loadMs;
  return {sentPerSec, cpuMicrosEach: (generator.cores * durationMs * 1000) / counters.sent.total};
}

const mean = numbers => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
const standardError = numbers =>
  Math.sqrt(
    numbers.reduce((sum, number) => sum + (number - mean(numbers)) ** 2, 0) /
      (numbers.length - 1) /
      numbers.length,
  );
const percent = number => Math.round(number * 10_000) / 100;

try {
  const screen = [];
  const line = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    // Whoever is first in one round is second in the next.
    for (const withScreen of round % 2 === 0 ? [true, false] : [false, true])
      (withScreen ? screen : line).push(runOnce(withScreen));
    process.stderr.write(
      `${Math.round(screen.at(-1).sentPerSec)}/s with the screen, ${Math.round(line.at(-1).sentPerSec)}/s without\n`,
    );
  }
  const more = name => screen.map((run, round) => run[name] / line[round][name] - 1);
  const costs = more('sentPerSec').map(ratio => -ratio);
  const result = {
    bench: 'screen',
    withScreenPerSec: Math.round(mean(screen.map(run => run.sentPerSec))),
    withoutPerSec: Math.round(mean(line.map(run => run.sentPerSec))),
    costPercent: percent(mean(costs)),
    costPercentError: percent(standardError(costs)),
    cpuPercent: percent(mean(more('cpuMicrosEach'))),
    cpuPercentError: percent(standardError(more('cpuMicrosEach'))),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  if (result.costPercent > COST_PERCENT_MAX) process.exitCode = 9;
} finally {
  floor.kill();
  remove();
}
