/**
 * The entry of the binary. It keeps starting cheap: `--version` loads nothing, and a command loads only itself.
 * This is the one place that decides how the process ends.
 */
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {stdoutClosed} from './stdout.js';

/** Runs the command line of this process; `binUrl` is the `import.meta.url` of the file in `bin/`. */
export async function run(binUrl: string): Promise<void> {
  const argv = process.argv.slice(2);
  if (argv[0] === '--version') {
    process.stdout.write(`${versionLine(binUrl)}\n`);
    return;
  }
  const stopped = endOn({SIGINT: 130, SIGTERM: 143});
  process.once('uncaughtException', error => void fail(error, argv).then(() => process.exit()));
  await runCommandLine(binUrl, argv);
  // A command that was told to stop, or lost its reader, may still hold connections: it has said all it had to say.
  if (stopped() || stdoutClosed.aborted) process.exit();
}

/**
 * Signals end the process with their exit codes, as a shell gives them; but whoever listens too wants to end in its
 * own way, and has one chance. Tells whether one came.
 */
function endOn(exitCodes: Partial<Record<NodeJS.Signals, number>>): () => boolean {
  let stopped = false;
  for (const [signal, exitCode] of Object.entries(exitCodes)) {
    process.on(signal, () => {
      if (!stopped && process.listenerCount(signal) > 1) stopped = true;
      else process.exit(exitCode);
    });
  }
  return () => stopped;
}

async function runCommandLine(binUrl: string, argv: readonly string[]): Promise<void> {
  try {
    const [{run: runOclif}, {builtCommands}] = await Promise.all([
      import('@oclif/core/run'),
      import('./built-commands.js'),
    ]);
    const commands = builtCommands(fileURLToPath(new URL('..', binUrl)));
    await runOclif([...argv], {root: commands.root, plugins: new Map([[commands.name, commands]])});
  } catch (error) {
    if (stdoutClosed.aborted && (error as Error).name === 'AbortError') return;
    await fail(error, argv);
  }
}

async function fail(error: unknown, argv: readonly string[]): Promise<void> {
  const {showError, wantsJson} = await import('./show-error.js');
  process.exitCode = await showError(error, wantsJson(argv));
}

function versionLine(binUrl: string): string {
  const {version} = JSON.parse(readFileSync(new URL('../package.json', binUrl), 'utf8')) as {version: string};
  return `iotctl/${version} ${process.platform}-${process.arch} node-${process.version}`;
}
