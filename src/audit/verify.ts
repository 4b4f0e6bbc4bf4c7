/** Verification of one chain of the audit log, wherever its records are kept. */
import type {AuditCheckpoint, AuditVerdict} from '../domain/audit.js';
import {ChainVerifier, type StoredRecord} from './chain-verifier.js';
import type {PublicKeys} from './checkpoint.js';

export type Stream<T> = AsyncIterable<T> | Iterable<T>;

export interface VerifyOptions {
  /** Whose chain it has to be. */
  readonly tenant?: string | undefined;
  /** Where it begins whose first records have left. */
  readonly beginning?: AuditCheckpoint | undefined;
  /** Checkpoints that were kept elsewhere: they show a tail that was cut together with its checkpoints. */
  readonly kept?: Iterable<AuditCheckpoint> | undefined;
}

/** Records in the order they are kept in, checkpoints by `seq`. Reads both as streams. */
export async function verify(
  records: Stream<StoredRecord>,
  checkpoints: Stream<AuditCheckpoint>,
  publicKeys: PublicKeys,
  {tenant, beginning, kept = []}: VerifyOptions = {},
): Promise<AuditVerdict> {
  const verifier = new ChainVerifier(publicKeys, tenant);
  if (beginning) verifier.begin(beginning);
  for (const checkpoint of kept) verifier.checkpoint(checkpoint);
  const vouchers = each(checkpoints);
  let voucher = await vouchers.next();
  for await (const record of records) {
    verifier.record(record);
    for (; !voucher.done && voucher.value.seq <= verifier.seq; voucher = await vouchers.next()) {
      verifier.checkpoint(voucher.value);
    }
    if (verifier.decided) break;
  }
  for (; !voucher.done && !verifier.decided; voucher = await vouchers.next()) {
    verifier.checkpoint(voucher.value);
  }
  await vouchers.return();
  return verifier.end();
}

async function* each<T>(items: Stream<T>): AsyncGenerator<T, void> {
  yield* items;
}
