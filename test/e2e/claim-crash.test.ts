/** A real platform is killed while devices redeem their codes. `ROUNDS` sets how often. */
import {connectAsync} from 'mqtt';
import {expect, it} from 'vitest';
import type {CreatedClaim} from '../../src/client/claim-api.js';
import {within} from '../support/deadline.js';
import {startPlatform} from '../support/start-platform.js';

const ROUNDS = Number(process.env.ROUNDS ?? 1);
const CODES = 12;

interface Given {
  readonly device: string;
  readonly secret: string;
}

it('gives each code to one device, and one credential, however often it is killed meanwhile', async () => {
  await using platform = await startPlatform();
  /** Undefined where no answer came. Each device shows the nonce that it showed before. */
  const redeem = async ({code, id}: CreatedClaim): Promise<{status: number; body: Given} | undefined> => {
    try {
      const answer = await fetch(`${platform.address.apiUrl}/v1/provision/claim`, {
        method: 'POST',
        headers: {'content-type': 'application/json'},
        body: JSON.stringify({code, serial: id, nonce: `nonce of ${id}`}),
      });
      return {status: answer.status, body: (await answer.json()) as Given};
    } catch {
      return undefined;
    }
  };

  const saysSomething = async ({device, secret}: Given): Promise<void> => {
    const client = await connectAsync(platform.address.mqttUrl, {
      username: `${device}@default`,
      password: secret,
      reconnectPeriod: 0,
    });
    await client.publishAsync('me/telemetry', '{"temperature":1}', {qos: 1});
    await client.endAsync();
  };

  let interrupted = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const claims = await Promise.all(
      Array.from({length: CODES}, () => platform.api.claims.create({model: 'pump'})),
    );
    // Killed as soon as a few have theirs: others are on their way.
    const answers = claims.map(redeem);
    await within(Promise.race(answers.slice(round % CODES)), 'the first answer');
    await platform.kill('SIGKILL');
    const before = await Promise.all(answers);
    interrupted += before.filter(answer => answer === undefined).length;
    await platform.restart();

    for (const [index, claim] of claims.entries()) {
      const {state, device} = await platform.api.claims.get(claim.id);
      // Whoever was told so has it; whoever was told nothing may have it, and not half.
      if (before[index]) expect([before[index].status, state]).toEqual([200, 'redeemed']);
      if (state === 'open')
        await expect(platform.api.getDevice(`pump-${claim.id}`)).rejects.toThrow('no device');
      else expect(device).toBe(`pump-${claim.id}`);
      const again = (await redeem(claim))!;
      expect([again.status, again.body.device]).toEqual([200, `pump-${claim.id}`]);
      expect((await platform.api.credentials.list(again.body.device)).items).toHaveLength(1);
      if (index === 0) await saysSomething(again.body);
    }
  }
  expect(interrupted).toBeGreaterThan(0);
}, 120_000);
