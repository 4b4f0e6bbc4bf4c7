/**
 * What is in a folder of an export. Each file is noted in a journal when it is whole and in its place; the manifest is
 * written when all of them are. An export that was stopped, or killed, goes on from its journal.
 */
import {appendFile, mkdir, open, readdir, readFile, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {IotctlError} from '../../domain/errors.js';
import type {ExportFormat} from '../../domain/history-export.js';
import {removeDrafts} from './write-part.js';

/** What every run into one folder has to agree on. */
export interface ExportTerms {
  readonly tenant: string;
  readonly format: ExportFormat;
  readonly partitionBy: string;
}

export interface ExportedFile {
  /** With slashes, relative to the folder. */
  readonly path: string;
  readonly table: string;
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
  /** What the platform called these rows. */
  readonly fingerprint: string;
}

const MANIFEST = 'manifest.json';
const JOURNAL = 'export.journal';

export class ExportFolder {
  readonly #files = new Map<string, ExportedFile>();

  private constructor(
    readonly path: string,
    readonly terms: ExportTerms,
  ) {}

  /** Throws `IOT_CONFLICT` for a folder with anything else in it than this export. */
  static async open(path: string, terms: ExportTerms): Promise<ExportFolder> {
    const folder = new ExportFolder(path, terms);
    const names = await readdir(path).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === 'ENOENT') return [];
      throw new IotctlError('IOT_INPUT_INVALID', `cannot write to ${path}: ${error.message}`, {cause: error});
    });
    const known = names.includes(MANIFEST) || names.includes(JOURNAL);
    if (names.length > 0 && !known)
      throw new IotctlError('IOT_CONFLICT', `${path} is not empty, and holds no export`);
    if (names.includes(MANIFEST)) folder.#take(JSON.parse(await readFile(join(path, MANIFEST), 'utf8')));
    if (names.includes(JOURNAL)) folder.#takeJournal(await readFile(join(path, JOURNAL), 'utf8'));
    return folder;
  }

  get files(): readonly ExportedFile[] {
    return [...this.#files.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  find(path: string): ExportedFile | undefined {
    return this.#files.get(path);
  }

  /** Before the first file: says whose folder it is. */
  async begin(): Promise<void> {
    await mkdir(this.path, {recursive: true, mode: 0o700});
    await removeDrafts(this.path);
    await appendFile(join(this.path, JOURNAL), `${JSON.stringify({terms: this.terms})}\n`, {mode: 0o600});
  }

  /** The file is whole and in its place. */
  async add(file: ExportedFile): Promise<void> {
    await appendFile(join(this.path, JOURNAL), `${JSON.stringify({file})}\n`, {mode: 0o600});
    this.#files.set(file.path, file);
  }

  /** All files are there. */
  async finish(): Promise<void> {
    const {files} = this;
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    const manifest = {version: 1, ...this.terms, writtenAt: new Date().toISOString(), rows, files};
    const draft = join(this.path, `.${MANIFEST}.${process.pid}`);
    const handle = await open(draft, 'w', 0o600);
    await handle.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`);
    await handle.sync();
    await handle.close();
    await rename(draft, join(this.path, MANIFEST));
    await rm(join(this.path, JOURNAL), {force: true});
  }

  #take(manifest: ExportTerms & {files: readonly ExportedFile[]}): void {
    this.#agree(manifest);
    for (const file of manifest.files) this.#files.set(file.path, file);
  }

  /** The last line may be cut: its file is written again. */
  #takeJournal(text: string): void {
    for (const line of text.split('\n').slice(0, -1)) {
      const {terms, file} = JSON.parse(line) as {terms?: ExportTerms; file?: ExportedFile};
      if (terms) this.#agree(terms);
      if (file) this.#files.set(file.path, file);
    }
  }

  #agree(there: ExportTerms): void {
    for (const name of ['tenant', 'format', 'partitionBy'] as const) {
      if (there[name] === this.terms[name]) continue;
      throw new IotctlError(
        'IOT_CONFLICT',
        `${this.path} holds an export with ${name} ${there[name]}, not ${this.terms[name]}: choose another folder`,
      );
    }
  }
}
