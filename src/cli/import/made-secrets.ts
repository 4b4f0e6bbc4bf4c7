/**
 * Secrets that an import makes. Each is on disk before anything is asked of the platform, in `FILE.pending`, and goes to
 * FILE once the platform has said that the device is made with it. Whatever is killed in between, a second run finds it and
 * asks for the same again.
 */
import {randomBytes} from 'node:crypto';
import {type FileHandle, open, rm} from 'node:fs/promises';
import {hashSecretAgain, newSecret} from '../../domain/credential.js';
import {csvLine} from '../../domain/csv.js';
import type {ImportedCredential} from '../../domain/device-import.js';
import {KEY_BYTES} from '../../domain/device-token.js';
import {IotctlError} from '../../domain/errors.js';

export type MadeKind = 'secret' | 'token';

const HEADERS = {secret: ['id', 'username', 'secret'], token: ['id', 'username', 'keyId', 'key']} as const;
const PENDING_HEADER = 'id,secret\r\n';

export class MadeSecrets implements AsyncDisposable {
  readonly #kind: MadeKind;
  readonly #file: FileHandle;
  readonly #pending: FileHandle;
  readonly #pendingPath: string;
  /** Of devices that are not in the file yet. */
  readonly #open: Map<string, string>;
  /** Of devices that are, and that the journal does not know of. */
  readonly #kept: ReadonlyMap<string, string>;

  private constructor(
    kind: MadeKind,
    files: {file: FileHandle; pending: FileHandle; pendingPath: string},
    secrets: {open: Map<string, string>; kept: ReadonlyMap<string, string>},
  ) {
    this.#kind = kind;
    this.#file = files.file;
    this.#pending = files.pending;
    this.#pendingPath = files.pendingPath;
    this.#open = secrets.open;
    this.#kept = secrets.kept;
  }

  /** Goes on in files that are there only if `resume`. Throws `IOT_USAGE` or `IOT_CONFLICT`. */
  static async open(
    path: string,
    kind: MadeKind,
    {resume, done}: {resume: boolean; done: ReadonlySet<string>},
  ): Promise<MadeSecrets> {
    if (!path.endsWith('.csv'))
      throw new IotctlError('IOT_USAGE', `--credentials-file ${path}: its name has to end with .csv`);
    const pendingPath = `${path}.pending`;
    const pending = await opened(pendingPath, resume);
    try {
      const file = await opened(path, resume);
      const isOpen = (id: string): boolean => !done.has(id);
      const kept = await entriesOf(file, csvLine(HEADERS[kind]), isOpen);
      const made = await entriesOf(pending, PENDING_HEADER, id => isOpen(id) && !kept.has(id));
      return new MadeSecrets(kind, {file, pending, pendingPath}, {open: made, kept});
    } catch (error) {
      await pending.close();
      throw error;
    }
  }

  /** On disk when this resolves. The same for an id that was asked for before. */
  async make(ids: readonly string[]): Promise<Map<string, ImportedCredential>> {
    const fresh = ids.filter(id => !this.#open.has(id) && !this.#kept.has(id));
    for (const id of fresh) this.#open.set(id, this.#newOne());
    if (fresh.length > 0) {
      await this.#pending.appendFile(fresh.map(id => csvLine([id, this.#open.get(id)!])).join(''));
      await this.#pending.datasync();
    }
    return new Map(ids.map(id => [id, this.#credentialOf(this.#open.get(id) ?? this.#kept.get(id)!)]));
  }

  /** These devices have them. On disk when this resolves. */
  async keep(made: readonly {id: string; username: string; keyId: string}[]): Promise<void> {
    const fresh = made.filter(({id}) => !this.#kept.has(id));
    if (fresh.length === 0) return;
    const lines = fresh.map(({id, username, keyId}) => {
      const secret = this.#open.get(id)!;
      return csvLine(this.#kind === 'token' ? [id, username, keyId, secret] : [id, username, secret]);
    });
    await this.#file.appendFile(lines.join(''));
    await this.#file.datasync();
    for (const {id} of fresh) this.#open.delete(id);
  }

  /** These devices have them not, and never will. */
  forget(ids: readonly string[]): void {
    for (const id of ids) this.#open.delete(id);
  }

  /** What nobody can say of yet stays for another run. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    await this.#pending.close();
    if (this.#open.size === 0) await rm(this.#pendingPath, {force: true});
  }

  #newOne(): string {
    return this.#kind === 'token' ? randomBytes(KEY_BYTES).toString('base64') : newSecret();
  }

  #credentialOf(secret: string): ImportedCredential {
    return this.#kind === 'token'
      ? {kind: 'token', keyBase64: secret}
      : {kind: 'secret', ...hashSecretAgain(secret)};
  }
}

async function opened(path: string, resume: boolean): Promise<FileHandle> {
  try {
    return await open(path, resume ? 'a+' : 'ax+', 0o600);
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    const why =
      code === 'EEXIST'
        ? `${path} is there already and is never overwritten; an import that was interrupted goes on with --resume FILE`
        : message;
    throw new IotctlError('IOT_CONFLICT', `--credentials-file: ${why}`, {cause: error});
  }
}

/** The secrets of a file, by id, after its header, which is written where there is none. A cut line is taken away. */
async function entriesOf(
  file: FileHandle,
  header: string,
  isWanted: (id: string) => boolean,
): Promise<Map<string, string>> {
  const text = await file.readFile('utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) await file.truncate(Buffer.byteLength(whole));
  if (whole === '') await file.appendFile(header);
  else if (!whole.startsWith(header))
    throw new IotctlError('IOT_CONFLICT', '--credentials-file: it was not made by an import of this kind');
  const rows = whole
    .split('\r\n')
    .slice(1, -1)
    .map(line => line.split(','));
  return new Map(rows.flatMap(([id = '', ...cells]) => (isWanted(id) ? [[id, cells.at(-1) ?? '']] : [])));
}
