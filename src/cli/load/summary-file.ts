/** `--summary FORMAT:FILE`: what becomes of a report besides the terminal. */
import {open, rename, rm, stat} from 'node:fs/promises';
import {IotctlError} from '../../domain/errors.js';
import type {RunReport} from '../../sim/measure/run-report.js';
import {stringify} from '../output.js';

const FORMATS = ['json', 'junit', 'md', 'csv'] as const;
type SummaryFormat = (typeof FORMATS)[number];

export class SummaryFile {
  readonly #format: SummaryFormat;
  readonly #path: string;

  private constructor(format: SummaryFormat, path: string) {
    this.#format = format;
    this.#path = path;
  }

  /** Throws `IOT_USAGE` for text that names no format, and `IOT_INPUT_INVALID` for a file that cannot be written. */
  static async prepare(text: string): Promise<SummaryFile> {
    const [, format, path] = /^([a-z]+):(.+)$/s.exec(text) ?? [];
    if (path === undefined || !FORMATS.includes(format as SummaryFormat)) {
      const known = FORMATS.map(name => `${name}:FILE`).join(', ');
      throw new IotctlError('IOT_USAGE', `--summary ${JSON.stringify(text)} is none of ${known}`);
    }
    const file = new SummaryFile(format as SummaryFormat, path);
    await file.#tryOut();
    return file;
  }

  /** What stood there before is there until the whole new one is. */
  async write(report: RunReport): Promise<void> {
    const text = await rendered(report, this.#format);
    try {
      if (await isSpecial(this.#path)) return await writeTo(this.#path, text);
      await writeTo(this.#part, text);
      await rename(this.#part, this.#path);
    } catch (error) {
      await rm(this.#part, {force: true});
      throw cannotWrite(this.#path, error);
    }
  }

  /** In the same folder, as a file can only be renamed within one file system. */
  get #part(): string {
    return `${this.#path}.${process.pid}.part`;
  }

  async #tryOut(): Promise<void> {
    try {
      const there = await stat(this.#path).catch(() => undefined);
      if (there?.isDirectory() === true) throw new Error('it is a folder');
      if (await isSpecial(this.#path)) return;
      await (await open(this.#part, 'w')).close();
      await rm(this.#part, {force: true});
    } catch (error) {
      throw cannotWrite(this.#path, error);
    }
  }
}

/** Such as `/dev/stderr`, which nothing may be put in the place of. */
async function isSpecial(path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  return there !== undefined && !there.isFile() && !there.isDirectory();
}

async function writeTo(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

async function rendered(report: RunReport, format: SummaryFormat): Promise<string> {
  switch (format) {
    case 'json':
      return `${stringify(report, 2)}\n`;
    case 'junit':
      return (await import('./report-junit.js')).reportJunit(report);
    case 'md':
      return (await import('./report-files.js')).reportMarkdown(report);
    case 'csv':
      return (await import('./report-files.js')).reportCsv(report);
  }
}

const cannotWrite = (path: string, error: unknown): IotctlError =>
  new IotctlError('IOT_INPUT_INVALID', `--summary: cannot write ${path}: ${(error as Error).message}`, {
    cause: error,
  });
