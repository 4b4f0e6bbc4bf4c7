import {expect, it} from 'vitest';
import {fuzz} from '../../bench/support/fuzz-run.js';
import {DEVICE_SECRET, startGateway, TOKEN_SECRET} from '../support/start-gateway.js';

const PACKETS = 20_000;

/** Named when it fails: `npm run bench -- fuzz --seed` sends the same again. */
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);

it(`survives ${PACKETS} damaged packets over TCP and WebSocket (seed ${SEED})`, async () => {
  await using gateway = await startGateway();
  const {port, wsPort, told} = gateway;
  const report = await fuzz({
    port,
    wsPort,
    logins: [
      {username: 'pump-7@default', password: DEVICE_SECRET},
      {username: 'pump-8@default', password: DEVICE_SECRET},
      {username: 'app@default', password: TOKEN_SECRET},
      {username: 'reader@default', password: TOKEN_SECRET},
    ],
    probe: {username: 'pump-7@other', password: DEVICE_SECRET},
    packets: PACKETS,
    seed: SEED,
  });
  expect(report.packets).toBeGreaterThanOrEqual(PACKETS);
  expect(report.probes).toBeGreaterThan(1);
  expect(told.faults).toEqual([]);
}, 120_000);
