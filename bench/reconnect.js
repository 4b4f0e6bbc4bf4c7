/**
 * The platform is killed and started again, or only its connections are cut, and every device comes back at once.
 *
 *     npm run bench -- reconnect
 *     npm run bench -- reconnect --devices 5000 --mode restart --runs 1
 *     npm run bench -- reconnect --tls 2000
 */
import {parseArgs} from 'node:util';
import {tooFewFiles} from './support/open-files.js';
import {median} from './support/platform.js';
import {runReconnectRounds} from './support/reconnect-rounds.js';

const TARGET = {sec: 10, tlsSec: 20, loopDelayMs: 200};

const {values} = parseArgs({
  options: {
    devices: {type: 'string', default: '10000'},
    tls: {type: 'string'},
    mode: {type: 'string', default: 'both'},
    runs: {type: 'string', default: '3'},
  },
});
const tls = values.tls !== undefined;
const devices = Number(tls ? values.tls : values.devices);
const modes = values.mode === 'both' ? ['restart', 'cut'] : [values.mode];
const advice = tooFewFiles(devices);
if (!modes.every(mode => ['restart', 'cut'].includes(mode))) {
  fail(`--mode is restart, cut or both, not ${values.mode}`);
} else if (advice !== undefined) {
  fail(advice);
} else {
  const rounds = await runReconnectRounds({
    devices,
    modes,
    runs: Number(values.runs),
    tls,
    onRound: round => process.stderr.write(`${JSON.stringify(round)}\n`),
  });
  show(rounds);
}

function show(rounds) {
  const results = modes.map(mode => summary(mode, rounds));
  const missed = results.flatMap(missesOf);
  for (const miss of missed) process.stderr.write(`missed: ${miss}\n`);
  process.stdout.write(`${JSON.stringify({bench: 'reconnect', tls, devices, results, missed})}\n`);
  if (missed.length > 0) process.exitCode = 9;
}

/** Medians of the runs; of what must never happen, the sum or the worst. */
function summary(mode, rounds) {
  const of = rounds.filter(round => round.mode === mode);
  const middle = pick => Math.round(median(of.map(pick)) * 100) / 100;
  const sum = pick => of.reduce((total, round) => total + pick(round), 0);
  const worst = pick => Math.max(...of.map(pick));
  return {
    mode,
    runs: of.length,
    startMs: middle(({startMs}) => startMs),
    secFromReady: middle(({secFromReady}) => secFromReady),
    secFromFirstAttempt: middle(({secFromFirstAttempt}) => secFromFirstAttempt),
    connackMsP50: middle(({connackMs}) => connackMs.p50),
    connackMsP99: middle(({connackMs}) => connackMs.p99),
    settleSec: middle(({settleSec}) => settleSec),
    loopDelayMsMax: middle(({loopDelayMsMax}) => loopDelayMsMax),
    loopDelayMsWorst: worst(({loopDelayMsMax}) => loopDelayMsMax),
    gatewayLoopDelayMsMax: middle(({gatewayLoopDelayMsMax}) => gatewayLoopDelayMsMax),
    gatewayLoopDelayMsWorst: worst(({gatewayLoopDelayMsMax}) => gatewayLoopDelayMsMax),
    rssMb: middle(({rssMb}) => rssMb),
    refused: sum(({refused}) => refused),
    newSessions: sum(({newSessions}) => newSessions),
  };
}

function missesOf({mode, secFromReady, loopDelayMsMax, gatewayLoopDelayMsMax, refused, newSessions}) {
  const sec = tls ? TARGET.tlsSec : TARGET.sec;
  return [
    secFromReady > sec && `${mode}: all back after ${secFromReady} s, not ${sec} s`,
    loopDelayMsMax > TARGET.loopDelayMs && `${mode}: main thread blocked for ${loopDelayMsMax} ms`,
    gatewayLoopDelayMsMax > TARGET.loopDelayMs && `${mode}: gateway blocked for ${gatewayLoopDelayMsMax} ms`,
    refused > 0 && `${mode}: ${refused} connections were refused`,
    newSessions > 0 && `${mode}: ${newSessions} sessions were lost`,
  ].filter(Boolean);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}
