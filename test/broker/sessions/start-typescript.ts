import {spawn} from 'node:child_process';
import {resolve} from 'node:path';

/** Node 20 runs no TypeScript: vitest's own loader does. */
const LOADER = `
  import {createViteServer} from 'vitest/node';
  const server = await createViteServer({
    configFile: false, appType: 'custom', logLevel: 'error', optimizeDeps: {noDiscovery: true},
    server: {middlewareMode: true, watch: null, hmr: false, ws: false},
  });
  await server.ssrLoadModule(process.argv[1]);
`;

export interface ChildOptions {
  /** Files may not grow beyond this, as on a full disk. */
  readonly fileKibMax?: number;
}

/** Runs a module of the tests in a process of its own: `argument` is its `process.argv[2]`, its output is piped. */
export function startTypeScript(module: string, argument: string, {fileKibMax}: ChildOptions = {}) {
  const limit = fileKibMax === undefined ? 'unlimited' : String(fileKibMax);
  const node = [process.execPath, '--input-type=module', '-e', LOADER, module, argument];
  return spawn('bash', ['-c', 'ulimit -Sf "$0" && exec "$@"', limit, ...node], {
    cwd: resolve(import.meta.dirname, '../../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
