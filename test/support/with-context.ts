/** Points this process's commands at a platform, through a configuration of their own. */
import {join} from 'node:path';
import ContextAdd from '../../src/commands/context/add.js';
import {restoreEnvironment} from './environment.js';
import {runCommand} from './run-command.js';
import {temporaryFolder} from './temporary-folder.js';

/**
 * A configuration folder with the context `local`, as long as the scope lasts; without a `url` it has no context.
 * Variables of the environment that would reach the commands are taken away meanwhile.
 */
export async function withContext(url: string | undefined, token: string, mqttUrl = 'mqtt://127.0.0.1:1883') {
  const folder = await temporaryFolder();
  const before = {...process.env};
  for (const name of Object.keys(process.env)) if (name.startsWith('IOTCTL_')) delete process.env[name];
  process.env.XDG_CONFIG_HOME = folder.path;
  process.env.XDG_STATE_HOME = join(folder.path, 'state');
  if (url !== undefined) {
    const added = await runCommand(
      ContextAdd,
      'local',
      '--url',
      url,
      '--token',
      token,
      '--mqtt-url',
      mqttUrl,
      '--use',
      '--no-verify',
    );
    if (added.exitCode !== 0) throw new Error(added.stderr);
  }
  return {
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      restoreEnvironment(before);
      await folder[Symbol.asyncDispose]();
    },
  };
}
