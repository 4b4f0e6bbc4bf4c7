/** How long the user waits: medians of interleaved runs, and the ratio to a Node that does nothing. */
import {spawnSync} from 'node:child_process';
import {BIN, benchFolder, median, startPlatform} from './support/platform.js';

const RUNS = 15;
const {folder, remove} = benchFolder();
const platform = await startPlatform(folder);
const commands = {
  node: ['-e', '0'],
  version: [BIN, '--version'],
  deviceList: [BIN, 'device', 'list'],
};
const times = {node: [], version: [], deviceList: []};
try {
  for (let run = -1; run < RUNS; run++) {
    for (const [name, argv] of Object.entries(commands)) {
      const startedMs = performance.now();
      const {status, stderr} = spawnSync(process.execPath, argv, {env: platform.environment});
      if (status !== 0) throw new Error(`${name}: ${stderr.toString()}`);
      if (run >= 0) times[name].push(performance.now() - startedMs);
    }
  }
} finally {
  await platform.end('SIGTERM');
}
const upMs = [];
for (let run = 0; run < 7; run++) {
  const again = await startPlatform(folder);
  upMs.push(again.readyMs);
  await again.end('SIGTERM');
}
remove();
const ms = Object.fromEntries(
  Object.entries(times).map(([name, list]) => [name, Math.round(median(list) * 10) / 10]),
);
const result = {
  bench: 'startup',
  ...ms,
  upMs: Math.round(median(upMs)),
  firstUpMs: Math.round(platform.readyMs),
  versionRatio: Math.round((ms.version / ms.node) * 100) / 100,
  deviceListRatio: Math.round((ms.deviceList / ms.node) * 100) / 100,
};
process.stderr.write(`${JSON.stringify(result, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(result)}\n`);
