/**
 * Kills the platform, whoever asks it for something, or both, in the middle of work of several kinds; starts it again on the
 * same folder, has the work finished as a user would, and looks for what is half made, made twice, or lost.
 */
import {join} from 'node:path';
import Database from 'libsql';
import {benchFolder, startPlatform} from './platform.js';

const ROUND_MS_MIN = 300;
const ROUND_MS_SPREAD = 3000;
const VICTIMS = ['platform', 'client', 'both'];

/** `works`: see `crash-works/crash-work.d.ts`. In the first rounds each victim has its turn; then chance decides. */
export async function runLivesCrashRounds({rounds, works, onRound}) {
  const {folder, remove} = benchFolder();
  const problems = [];
  let platform = await startPlatform(folder);
  let restartMsMax = 0;
  try {
    for (const work of works) await work.prepare?.({round: 0, folder, platform});
    for (let round = 1; round <= rounds; round++) {
      const victim =
        VICTIMS[round <= VICTIMS.length ? round - 1 : Math.floor(Math.random() * VICTIMS.length)];
      const killAfterMs = ROUND_MS_MIN + Math.random() * ROUND_MS_SPREAD;
      const begun = works.map(work => work.begin({round, folder, platform}));
      await new Promise(resolve => setTimeout(resolve, killAfterMs));
      if (victim !== 'platform') for (const {child} of begun) child?.kill('SIGKILL');
      if (victim !== 'client') {
        await platform.end('SIGKILL');
        platform = await startPlatform(folder, platform.ports);
        restartMsMax = Math.max(restartMsMax, platform.readyMs);
      }
      for (const {ended} of begun) await ended;
      for (const work of works) await work.finish({round, folder, platform});
      const found = await checkAll(works, {round, folder, platform});
      problems.push(...found.map(problem => `round ${round}: ${problem}`));
      onRound(
        `round ${round}: ${victim} killed after ${Math.round(killAfterMs)} ms, ${found.length} problems`,
      );
    }
    return {
      rounds,
      restartMsMax: Math.round(restartMsMax),
      done: Object.fromEntries(works.map(work => [work.name, work.count()])),
      problems,
    };
  } finally {
    await platform.end('SIGTERM');
    remove();
  }
}

async function checkAll(works, round) {
  const database = new Database(join(round.folder, 'data', 'registry', 'registry.db'), {readonly: true});
  try {
    const found = [];
    for (const work of works)
      for (const problem of await work.check(round, database)) found.push(`${work.name}: ${problem}`);
    const verdict = await round.platform.api.audit.verify({});
    if (!verdict.ok) found.push(`the audit log does not verify: ${JSON.stringify(verdict)}`);
    return found;
  } finally {
    database.close();
  }
}
