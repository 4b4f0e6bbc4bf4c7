/** `device rotate`: a device has the old secret, or the new one and the old one for the grace; never neither, and never two for good. */
import {secretProblem} from './secret-problem.js';

const WORKERS = 8;
const GRACE_MS = 86_400_000;
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** A device may hold so many: the spent ones are revoked, as whoever has changed to the new one does. */
export function rotationWork({devices = 200} = {}) {
  const ids = Array.from({length: devices}, (_, number) => `rotated-${number}`);
  /** What somebody has written down of each. */
  const secretOf = new Map();
  /** Whose last rotation nobody can tell the outcome of. */
  let unknown = new Set();
  let rotations = 0;

  async function rotateAll(api, wanted) {
    let next = 0;
    const worker = async () => {
      while (next < wanted.length) {
        const id = wanted[next++];
        unknown.add(id);
        const {secret} = await api.credentials.rotate(id, {kind: 'secret', graceMs: GRACE_MS});
        secretOf.set(id, secret);
        unknown.delete(id);
        rotations++;
      }
    };
    await Promise.all(Array.from({length: WORKERS}, worker));
  }

  return {
    name: 'rotation',
    async prepare({platform}) {
      const {items} = await platform.api.createDevices(ids.map(id => ({id})));
      for (const {device, credential} of items) secretOf.set(device.id, credential.secret);
    },
    begin: ({platform}) => ({ended: rotateAll(platform.api, ids).catch(() => undefined)}),
    async finish({platform}) {
      const again = [...unknown];
      unknown = new Set();
      await rotateAll(platform.api, again);
    },
    async check({platform}, database) {
      const problems = [];
      for (const id of ids) {
        const rows = database
          .prepare('SELECT id, proof, not_after_ms FROM credentials WHERE device = ?')
          .all(id);
        const lasting = rows.filter(row => row.not_after_ms >= NEVER_MS);
        if (lasting.length !== 1) problems.push(`${id} has ${lasting.length} secrets for good`);
        else problems.push(secretProblem(id, lasting[0], secretOf.get(id)));
        for (const row of rows)
          if (row.not_after_ms < NEVER_MS && rows.length > 4)
            await platform.api.credentials.revoke(id, row.id);
      }
      return problems.filter(Boolean);
    },
    count: () => rotations,
  };
}
