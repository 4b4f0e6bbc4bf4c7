/**
 * An exported chain: NDJSON that verifies on its own. The public keys come first, each checkpoint follows the record it
 * vouches for, and a last line says where the chain ended, so that one pass over the file is enough.
 */
import type {KeyObject} from 'node:crypto';
import type {AuditCheckpoint, AuditVerdict} from '../domain/audit.js';
import {ChainVerifier} from './chain-verifier.js';
import {loadPublicKeys} from './checkpoint.js';
import {canonicalJson, FIRST_PREV_HASH} from './record.js';
import type {Stream} from './verify.js';

export interface ExportOptions {
  /**
   * The keys to believe, as PEM. Without them the file's own are believed, which shows that it is whole, but not who
   * signed it: whoever writes a file anew can sign it with a key of their own.
   */
  readonly publicKeysPem?: Iterable<string> | undefined;
  /** Of the file's own keys, believe only these; then at least one checkpoint has to be there. */
  readonly keyIds?: readonly string[] | undefined;
  /** Checkpoints that were kept elsewhere. */
  readonly kept?: Iterable<AuditCheckpoint> | undefined;
}

export const publicKeyLine = (keyId: string, pem: string): string => canonicalJson({publicKey: {keyId, pem}});

export const checkpointLine = (checkpoint: AuditCheckpoint): string => canonicalJson({checkpoint});

/** Of a chain whose first records have left; before the first one that is there. */
export const beginningLine = (beginning: AuditCheckpoint): string => canonicalJson({beginning});

/** `last` is the last record; undefined for an empty chain. */
export const endLine = (last: {seq: number; hash: string} | undefined): string =>
  canonicalJson({end: {seq: last?.seq ?? 0, hash: last?.hash ?? FIRST_PREV_HASH}});

interface OtherLine {
  readonly publicKey?: {readonly keyId: string; readonly pem: string};
  readonly beginning?: AuditCheckpoint;
  readonly checkpoint?: AuditCheckpoint;
  readonly end?: {readonly seq: number; readonly hash: string};
}

/** Lines without their line breaks. Empty ones are passed over. */
export async function verifyExport(
  lines: Stream<string>,
  options: ExportOptions = {},
): Promise<AuditVerdict> {
  const reader = new ExportReader(options);
  for await (const line of lines) {
    if (line !== '') reader.line(line);
    if (reader.verifier.decided) break;
  }
  return reader.end();
}

class ExportReader {
  readonly verifier: ChainVerifier;
  readonly #keys: Map<string, KeyObject>;
  readonly #believesFile: boolean;
  readonly #keyIds: readonly string[] | undefined;
  /** The file's own keys are known only after its first lines. */
  #kept: Iterable<AuditCheckpoint>;
  #end: OtherLine['end'];

  constructor({publicKeysPem, keyIds, kept = []}: ExportOptions) {
    this.#keys = loadPublicKeys(publicKeysPem ?? []);
    this.#believesFile = publicKeysPem === undefined;
    this.#keyIds = keyIds;
    this.#kept = kept;
    this.verifier = new ChainVerifier(this.#keys);
  }

  line(text: string): void {
    const {publicKey, beginning, checkpoint, end} = otherLine(text);
    if (publicKey) {
      this.#learn(publicKey);
      return;
    }
    if (beginning) {
      this.verifier.begin(beginning);
      return;
    }
    this.#takeKept();
    if (this.#end) this.verifier.fail('changed', this.verifier.seq + 1, 'there are lines behind the end');
    else if (checkpoint) this.verifier.checkpoint(checkpoint);
    else if (end) this.#end = end;
    else this.verifier.record({text});
  }

  /** Without its last line a file was cut, also where no checkpoint can tell. */
  end(): AuditVerdict {
    this.#takeKept();
    const verdict = this.verifier.end();
    if (!verdict.ok) return verdict;
    const {lastSeq, lastHash, keyId} = verdict;
    if (this.#keyIds && keyId === null) {
      const detail = `no checkpoint is signed with the key ${this.#keyIds.join(' or ')}`;
      return {ok: false, seq: Math.max(1, lastSeq), fault: 'checkpoint', detail};
    }
    if (this.#end?.seq === lastSeq && this.#end.hash === lastHash) return verdict;
    const detail = this.#end
      ? `the file says that it ends with record ${this.#end.seq}, and it ends with ${lastSeq}`
      : `the file has no end after record ${lastSeq}`;
    return {ok: false, seq: lastSeq + 1, fault: 'truncated', detail};
  }

  #takeKept(): void {
    for (const checkpoint of this.#kept) this.verifier.checkpoint(checkpoint);
    this.#kept = [];
  }

  #learn({pem}: NonNullable<OtherLine['publicKey']>): void {
    if (!this.#believesFile) return;
    try {
      for (const [keyId, key] of loadPublicKeys([pem])) {
        if (this.#keyIds?.includes(keyId) ?? true) this.#keys.set(keyId, key);
      }
    } catch {
      this.verifier.fail('checkpoint', this.verifier.seq + 1, 'a public key of the file is not readable');
    }
  }
}

/** A line that is not JSON is taken for a record, which then is no record. */
function otherLine(text: string): OtherLine {
  try {
    return (JSON.parse(text) ?? {}) as OtherLine;
  } catch {
    return {};
  }
}
