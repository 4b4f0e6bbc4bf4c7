import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import type {StoredRecord} from '../../src/audit/chain-verifier.js';
import {
  createSigningKey,
  loadPublicKeys,
  loadSigningKey,
  signCheckpoint,
} from '../../src/audit/checkpoint.js';
import {canonicalJson, FIRST_PREV_HASH, hashOf, sealRecord} from '../../src/audit/record.js';
import {verify} from '../../src/audit/verify.js';
import type {AuditCheckpoint, AuditRecord, AuditVerdict} from '../../src/domain/audit.js';

const PEM = createSigningKey();
const KEY = loadSigningKey(PEM.privateKeyPem);
const KEYS = loadPublicKeys([PEM.publicKeyPem]);
const TENANT = 'acme';

function chainOf(count: number, tenant = TENANT): AuditRecord[] {
  const records: AuditRecord[] = [];
  let prevHash = FIRST_PREV_HASH;
  for (let seq = 1; seq <= count; seq++) {
    const record = sealRecord(
      {
        timeMs: seq * 1000,
        tenant,
        actor: {kind: 'user', name: 'alice'},
        action: 'device:retire',
        target: `device/lamp-${seq}`,
        outcome: 'allowed',
      },
      {seq, prevHash},
    );
    records.push(record);
    prevHash = record.hash;
  }
  return records;
}

const checkpointOf = ({tenant, seq, hash}: AuditRecord): AuditCheckpoint =>
  signCheckpoint(KEY, {tenant, seq, hash, time: '2026-01-31T12:00:00.000Z'});

const kept = (records: readonly AuditRecord[]): StoredRecord[] =>
  records.map(record => ({text: canonicalJson(record)}));

const check = async (
  records: readonly AuditRecord[],
  checkpoints: readonly AuditCheckpoint[] = [],
): Promise<AuditVerdict> => await verify(kept(records), checkpoints, KEYS, {tenant: TENANT});

/** Gives a record the hash of its content: a careful forger would. */
function rehashed(record: AuditRecord, changes: Partial<AuditRecord>): AuditRecord {
  const {hash: _, ...content} = {...record, ...changes};
  return {...content, hash: hashOf(content)};
}

/** Writes everything after a change anew, as whoever has the file but not the key can. */
function rechained(records: readonly AuditRecord[]): AuditRecord[] {
  let prevHash = FIRST_PREV_HASH;
  return records.map((record, index) => {
    const next = rehashed(record, {seq: index + 1, prevHash});
    prevHash = next.hash;
    return next;
  });
}

const CHAIN = chainOf(10);
const LAST = checkpointOf(CHAIN[9]!);

describe('verification', () => {
  it('finds a whole chain to be whole, and says how far it is vouched for', async () => {
    expect(await check(CHAIN, [checkpointOf(CHAIN[3]!), checkpointOf(CHAIN[6]!)])).toEqual({
      ok: true,
      records: 10,
      lastSeq: 10,
      lastHash: CHAIN[9]!.hash,
      checkpointed: 7,
      keyId: KEY.keyId,
    });
    expect(await check([])).toMatchObject({ok: true, records: 0, lastSeq: 0, checkpointed: 0, keyId: null});
  });

  it('names a record that was changed', async () => {
    const changed = CHAIN.with(3, {...CHAIN[3]!, outcome: 'denied'});
    expect(await check(changed)).toMatchObject({ok: false, seq: 4, fault: 'changed'});
  });

  it('names a record that was changed together with its hash', async () => {
    const changed = CHAIN.with(3, rehashed(CHAIN[3]!, {outcome: 'denied'}));
    expect(await check(changed)).toMatchObject({ok: false, seq: 4, fault: 'changed'});
  });

  it('names the record after one that is vouched for, when that follows another', async () => {
    const changed = CHAIN.with(4, rehashed(CHAIN[4]!, {prevHash: FIRST_PREV_HASH}));
    expect(await check(changed, [checkpointOf(CHAIN[3]!)])).toMatchObject({seq: 5, fault: 'changed'});
    const first = CHAIN.with(0, rehashed(CHAIN[0]!, {prevHash: 'f'.repeat(64)}));
    expect(await check(first)).toMatchObject({seq: 1, fault: 'changed'});
  });

  it('finds a chain that was written anew by its checkpoint', async () => {
    const anew = rechained(CHAIN.with(3, {...CHAIN[3]!, outcome: 'denied'}));
    expect(await check(anew)).toMatchObject({ok: true, checkpointed: 0});
    const verdict = await check(anew, [checkpointOf(CHAIN[1]!), LAST]);
    expect(verdict).toMatchObject({ok: false, seq: 10, fault: 'changed'});
    expect(verdict).toMatchObject({detail: expect.stringContaining('after 2') as string});
  });

  it('names a record that was deleted', async () => {
    expect(await check(CHAIN.toSpliced(4, 1))).toMatchObject({ok: false, seq: 5, fault: 'deleted'});
    expect(await check(CHAIN.toSpliced(0, 2))).toMatchObject({ok: false, seq: 1, fault: 'deleted'});
    expect(await check(rechained(CHAIN.toSpliced(4, 1)), [LAST])).toMatchObject({
      ok: false,
      fault: 'truncated',
    });
  });

  it('names a record that was moved', async () => {
    const [a, b] = [CHAIN[4]!, CHAIN[5]!];
    expect(await check(CHAIN.toSpliced(4, 2, b, a))).toMatchObject({ok: false, seq: 5, fault: 'reordered'});
    expect(await check([...CHAIN.toSpliced(1, 1), CHAIN[1]!])).toMatchObject({seq: 2, fault: 'reordered'});
    expect(await check(CHAIN.toReversed())).toMatchObject({seq: 1, fault: 'reordered'});
  });

  it('names a record that is there twice', async () => {
    expect(await check(CHAIN.toSpliced(4, 0, CHAIN[3]!))).toMatchObject({seq: 4, fault: 'duplicated'});
    expect(await check([...CHAIN, CHAIN[0]!])).toMatchObject({seq: 1, fault: 'duplicated'});
    expect(await check(CHAIN.toSpliced(2, 0, CHAIN[7]!))).toMatchObject({seq: 8, fault: 'duplicated'});
    expect(await check(CHAIN.with(6, CHAIN[2]!))).toMatchObject({seq: 3, fault: 'duplicated'});
  });

  it('names the first of several', async () => {
    const changed = CHAIN.with(7, {...CHAIN[7]!, count: 2}).toSpliced(2, 1);
    expect(await check(changed)).toMatchObject({seq: 3, fault: 'deleted'});
    expect(await check(CHAIN.with(1, {...CHAIN[1]!, count: 2}).toSpliced(5, 1))).toMatchObject({
      seq: 2,
      fault: 'changed',
    });
  });

  it('sees a cut tail against a checkpoint only', async () => {
    expect(await check(CHAIN.slice(0, 6), [checkpointOf(CHAIN[3]!)])).toMatchObject({
      ok: true,
      records: 6,
      checkpointed: 4,
    });
    expect(await check(CHAIN.slice(0, 6), [checkpointOf(CHAIN[3]!), LAST])).toMatchObject({
      ok: false,
      seq: 7,
      fault: 'truncated',
    });
    expect(await check([], [LAST])).toMatchObject({ok: false, seq: 1, fault: 'truncated'});
  });

  it('sees a tail that was cut with its checkpoints against one that was kept elsewhere', async () => {
    const left = [checkpointOf(CHAIN[3]!)];
    const cut = kept(CHAIN.slice(0, 6));
    const options = {tenant: TENANT, kept: [LAST, checkpointOf(CHAIN[1]!)]};
    expect(await verify(cut, left, KEYS, options)).toMatchObject({ok: false, seq: 7, fault: 'truncated'});
    expect(await verify(kept(CHAIN), left, KEYS, options)).toMatchObject({ok: true, checkpointed: 10});
  });

  it('does not believe a checkpoint that is not signed by a known key', async () => {
    const other = loadSigningKey(createSigningKey().privateKeyPem);
    const {seq, hash, tenant} = CHAIN[5]!;
    const foreign = signCheckpoint(other, {tenant, seq, hash, time: '2026-01-31T12:00:00.000Z'});
    const good = checkpointOf(CHAIN[5]!);
    const bad = [
      foreign,
      {...foreign, keyId: KEY.keyId},
      {...good, signature: LAST.signature},
      {...good, signature: ''},
      {...good, hash: CHAIN[4]!.hash},
      {...good, time: '2026-01-31T12:00:00.001Z'},
      {...good, tenant: 'umbrella'},
      checkpointOf(chainOf(6, 'umbrella')[5]!),
    ];
    for (const checkpoint of bad) {
      expect(await check(CHAIN, [checkpoint])).toMatchObject({ok: false, seq: 6, fault: 'checkpoint'});
    }
    expect(await check(CHAIN, [{...good, seq: 7}])).toMatchObject({ok: false, seq: 7, fault: 'checkpoint'});
    expect(await check(CHAIN, [{...good, seq: -1}])).toMatchObject({ok: false, seq: 1, fault: 'checkpoint'});
  });

  it('does not take the chain of another tenant for this one', async () => {
    expect(await check(chainOf(3, 'umbrella'))).toMatchObject({ok: false, seq: 1, fault: 'changed'});
    const mixed = [
      ...CHAIN.slice(0, 2),
      ...rechained(CHAIN.with(2, {...CHAIN[2]!, tenant: 'umbrella'})).slice(2),
    ];
    expect(await check(mixed)).toMatchObject({ok: false, seq: 3, fault: 'changed'});
  });

  it('believes checkpoints of an earlier key that it is given', async () => {
    const next = createSigningKey();
    const {tenant, seq, hash} = CHAIN[9]!;
    const time = '2026-02-01T00:00:00.000Z';
    const later = signCheckpoint(loadSigningKey(next.privateKeyPem), {tenant, seq, hash, time});
    const both = loadPublicKeys([next.publicKeyPem, PEM.publicKeyPem]);
    const checkpoints = [checkpointOf(CHAIN[3]!), later];
    expect(await verify(kept(CHAIN), checkpoints, both)).toMatchObject({ok: true, keyId: next.keyId});
    expect(await verify(kept(CHAIN), checkpoints, loadPublicKeys([next.publicKeyPem]))).toMatchObject({
      seq: 4,
      fault: 'checkpoint',
    });
  });

  it('refuses keys that are not Ed25519', () => {
    expect(() => loadSigningKey('no key')).toThrow(
      expect.objectContaining({code: 'IOT_DATA_CORRUPT'}) as Error,
    );
    expect(() => loadPublicKeys(['no key'])).toThrow(
      expect.objectContaining({code: 'IOT_DATA_CORRUPT'}) as Error,
    );
  });

  it('finds any single tampering with a chain whose end is vouched for', async () => {
    await fc.assert(
      fc.asyncProperty(tampering(), async ({texts, seq, last}) => {
        const verdict = await verify(
          texts.map(text => ({text})),
          [checkpointOf(last)],
          KEYS,
        );
        expect(verdict.ok).toBe(false);
        if (seq !== undefined) expect(verdict).toMatchObject({seq});
      }),
      {numRuns: 300},
    );
  });
});

interface Tampered {
  texts: string[];
  /** The record that has to be named; undefined where more than one answer is right. */
  seq: number | undefined;
  last: AuditRecord;
}

function tampering(): fc.Arbitrary<Tampered> {
  return fc
    .record({
      count: fc.integer({min: 2, max: 12}),
      at: fc.nat(),
      other: fc.nat(),
      byte: fc.nat(),
      bit: fc.integer({min: 0, max: 6}),
      kind: fc.constantFrom('flip', 'delete', 'swap', 'copy', 'cut', 'rehash', 'replace'),
    })
    .map(({count, at, other, byte, bit, kind}) => {
      const chain = chainOf(count);
      const last = chain.at(-1)!;
      const texts = chain.map(canonicalJson);
      const index = at % count;
      const second = (index + 1 + (other % (count - 1))) % count;
      switch (kind) {
        case 'flip': {
          const bytes = Buffer.from(texts[index]!);
          bytes[byte % bytes.length]! ^= 1 << bit;
          return {texts: texts.with(index, bytes.toString('latin1')), seq: index + 1, last};
        }
        case 'delete':
          return {texts: texts.toSpliced(index, 1), seq: index + 1, last};
        case 'swap': {
          const swapped = texts.with(index, texts[second]!).with(second, texts[index]!);
          return {texts: swapped, seq: Math.min(index, second) + 1, last};
        }
        case 'copy':
          return {texts: texts.toSpliced(second, 0, texts[index]!), seq: undefined, last};
        case 'replace':
          return {texts: texts.with(second, texts[index]!), seq: undefined, last};
        case 'cut':
          return {texts: texts.slice(0, index), seq: index + 1, last};
        default:
          return {
            texts: texts.with(index, canonicalJson(rehashed(chain[index]!, {count: 2 + bit}))),
            seq: index + 1,
            last,
          };
      }
    });
}
