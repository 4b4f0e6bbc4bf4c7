/** `claim create` and its use: of two devices with one code exactly one gets in, and what it was told last is what it logs in with. */
import {randomBytes} from 'node:crypto';
import {secretProblem} from './secret-problem.js';

const USED = 'IOT_CLAIM_USED';

/** Each claim is redeemed by two devices at once. */
export function claimWork({claims = 60} = {}) {
  let redeemed = 0;
  /** Of the present round. */
  let begun = [];

  return {
    name: 'claims',
    begin({round, platform}) {
      begun = [];
      const work = async () => {
        for (let number = 0; number < claims; number++) {
          const device = `c${round}-${number}`;
          const {code} = await platform.api.claims.create({device});
          const claim = {device, redeemers: [redeemerOf(code), redeemerOf(code)]};
          begun.push(claim);
          await Promise.all(claim.redeemers.map(redeemer => redeem(platform, redeemer)));
        }
      };
      return {ended: work().catch(() => undefined)};
    },
    /** Whoever has no answer asks again, as the same device. */
    async finish({platform}) {
      for (const {redeemers} of begun)
        for (const redeemer of redeemers) if (redeemer.answer === undefined) await redeem(platform, redeemer);
    },
    async check(_round, database) {
      redeemed += begun.length;
      return begun.flatMap(({device, redeemers}) => {
        const winners = redeemers.filter(({answer}) => answer.secret !== undefined);
        const losers = redeemers.filter(({answer}) => answer.code === USED);
        const rows = database.prepare('SELECT proof FROM credentials WHERE device = ?').all(device);
        const claim = database.prepare('SELECT state FROM claims WHERE device = ?').get(device);
        return [
          (winners.length !== 1 || losers.length !== 1) &&
            `${device}: ${winners.length} got in, ${losers.length} were told that it was used`,
          rows.length !== 1 && `${device} has ${rows.length} credentials`,
          claim?.state !== 'redeemed' && `the claim of ${device} is ${claim?.state}`,
          winners.length === 1 &&
            rows.length === 1 &&
            secretProblem(device, rows[0], winners[0].answer.secret),
        ].filter(Boolean);
      });
    },
    count: () => redeemed,
  };
}

const redeemerOf = code => ({code, nonce: randomBytes(16).toString('hex'), answer: undefined});

async function redeem({apiUrl}, redeemer) {
  const {code, nonce} = redeemer;
  const answer = await fetch(`${apiUrl}/v1/provision/claim`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({code, nonce}),
  });
  redeemer.answer = await answer.json();
}
