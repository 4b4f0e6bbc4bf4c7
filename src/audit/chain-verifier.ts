/** Checks a chain record by record, holding only the last one: the verdict is about the first that is not as written. */
import type {AuditCheckpoint, AuditFault, AuditRecord, AuditVerdict} from '../domain/audit.js';
import {beginningFlaw, checkpointFlaw, type PublicKeys} from './checkpoint.js';
import {FIRST_PREV_HASH, readRecord} from './record.js';

/** A record as it is kept. */
export interface StoredRecord {
  /** Its canonical JSON. */
  readonly text: string;
  /** Where the place it is kept in says something else about it. */
  readonly flaw?: string | null;
}

interface Gap {
  readonly expected: number;
  readonly found: number;
  expectedSeen: boolean;
  foundAgain: boolean;
}

export class ChainVerifier {
  readonly #keys: PublicKeys;
  #tenant: string | undefined;
  #seq = 0;
  /** Records up to here have left. */
  #beganBehind = 0;
  #hash = FIRST_PREV_HASH;
  #vouched: {seq: number; keyId: string} | undefined;
  /** Of records still to come, by `seq`. */
  readonly #waiting: AuditCheckpoint[] = [];
  #gap: Gap | undefined;
  #verdict: AuditVerdict | undefined;

  /** Without a tenant it is the first record's. */
  constructor(keys: PublicKeys, tenant?: string) {
    this.#keys = keys;
    this.#tenant = tenant;
  }

  /** The last record that was found to be right. */
  get seq(): number {
    return this.#seq;
  }

  /** Nothing that follows can change the verdict. */
  get decided(): boolean {
    return this.#verdict !== undefined;
  }

  record({text, flaw}: StoredRecord): void {
    if (this.#verdict) return;
    const record = readRecord(text);
    const expected = this.#seq + 1;
    if (this.#gap) {
      if (typeof record !== 'string') look(this.#gap, record.seq);
    } else if (typeof record === 'string') {
      this.fail('changed', expected, `record ${expected} was changed: ${record}`);
    } else if (record.seq > expected) {
      this.#gap = {expected, found: record.seq, expectedSeen: false, foundAgain: false};
    } else if (record.seq < expected) {
      this.fail('duplicated', record.seq, `record ${record.seq} is there again after record ${this.#seq}`);
    } else {
      this.#link(record, flaw ?? null);
    }
  }

  /** Before everything else: the records up to this one have left. */
  begin(beginning: AuditCheckpoint): void {
    const {seq, hash, tenant, keyId} = beginning;
    const flaw = beginningFlaw(beginning, this.#keys) ?? this.#misplacement(beginning);
    if (flaw !== null || this.#seq !== 0) {
      const detail = `the beginning behind record ${seq} ${flaw ?? 'is not where it belongs'}`;
      this.fail('checkpoint', Number.isSafeInteger(seq) && seq > 0 ? seq : 1, detail);
      return;
    }
    this.#tenant = tenant;
    this.#seq = seq;
    this.#beganBehind = seq;
    this.#hash = hash;
    this.#vouched = {seq, keyId};
  }

  /** Of a record that was the last, or is still to come. */
  checkpoint(checkpoint: AuditCheckpoint): void {
    if (this.#verdict || this.#gap) return;
    const {seq, tenant} = checkpoint;
    const flaw = checkpointFlaw(checkpoint, this.#keys) ?? this.#misplacement(checkpoint);
    if (flaw !== null) {
      const near = Number.isSafeInteger(seq) && seq > 0 ? seq : Math.max(1, this.#seq);
      this.fail('checkpoint', near, `the checkpoint of record ${seq} ${flaw}`);
      return;
    }
    this.#tenant ??= tenant;
    if (seq < this.#beganBehind || this.#waiting.some(({signature}) => signature === checkpoint.signature))
      return;
    const after = this.#waiting.findIndex(other => other.seq > seq);
    this.#waiting.splice(after === -1 ? this.#waiting.length : after, 0, checkpoint);
    this.#meetCheckpoints();
  }

  /** Breaks off: only the first fault counts. */
  fail(fault: AuditFault, seq: number, detail: string): void {
    this.#verdict ??= {ok: false, seq, fault, detail};
  }

  end(): AuditVerdict {
    if (this.#gap) this.#explain(this.#gap);
    const missing = this.#waiting.at(-1);
    if (missing) {
      const detail = `a checkpoint vouches for ${missing.seq} records, and there are ${this.#seq}`;
      this.fail('truncated', this.#seq + 1, detail);
    }
    this.#verdict ??= {
      ok: true,
      records: this.#seq - this.#beganBehind,
      lastSeq: this.#seq,
      lastHash: this.#hash,
      checkpointed: this.#vouched?.seq ?? 0,
      keyId: this.#vouched?.keyId ?? null,
    };
    return this.#verdict;
  }

  #misplacement({tenant, seq}: AuditCheckpoint): string | null {
    if (tenant !== (this.#tenant ?? tenant)) return `is of the chain of ${tenant}`;
    return seq >= this.#beganBehind && seq < this.#seq ? 'is not where it belongs' : null;
  }

  #link({seq, tenant, prevHash, hash}: AuditRecord, flaw: string | null): void {
    if (flaw !== null) {
      this.fail('changed', seq, `record ${seq} was changed: ${flaw}`);
    } else if (tenant !== (this.#tenant ?? tenant)) {
      this.fail('changed', seq, `record ${seq} is of the chain of ${tenant}`);
    } else if (prevHash === this.#hash) {
      this.#tenant = tenant;
      this.#seq = seq;
      this.#hash = hash;
      this.#meetCheckpoints();
    } else {
      this.#blame(seq);
    }
  }

  /** Record `seq` is whole but follows another one than is there: that one was written anew, unless it is vouched for. */
  #blame(seq: number): void {
    const before = seq - 1;
    if (before === (this.#vouched?.seq ?? 0)) {
      this.fail('changed', seq, `record ${seq} was changed: it does not follow record ${before}`);
    } else {
      this.fail('changed', before, `record ${before} was changed: record ${seq} knew it with another hash`);
    }
  }

  #meetCheckpoints(): void {
    while (this.#waiting[0]?.seq === this.#seq && !this.#verdict) {
      const {seq, hash, keyId} = this.#waiting.shift()!;
      if (hash === this.#hash) {
        this.#vouched = {seq, keyId};
      } else {
        const since = this.#vouched?.seq ?? 0;
        const detail = `record ${seq} is not the one that its checkpoint was signed for: records after ${since} were written anew`;
        this.fail('changed', seq, detail);
      }
    }
  }

  #explain({expected, found, expectedSeen, foundAgain}: Gap): void {
    if (foundAgain)
      this.fail('duplicated', found, `record ${found} is there again, before record ${expected}`);
    else if (expectedSeen) this.fail('reordered', expected, `record ${expected} comes after record ${found}`);
    else
      this.fail(
        'deleted',
        expected,
        `record ${expected} is missing: record ${found} follows ${expected - 1}`,
      );
  }
}

/** What is behind a gap tells whether the record was taken away or moved. */
function look(gap: Gap, seq: number): void {
  gap.expectedSeen ||= seq === gap.expected;
  gap.foundAgain ||= seq === gap.found;
}
