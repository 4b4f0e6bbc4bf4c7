/** Secrets that must never be seen again, and the search for them in whatever form they could have been kept. */
import {createPrivateKey} from 'node:crypto';
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {join, relative} from 'node:path';

export interface Sighting {
  readonly canary: string;
  readonly form: string;
  readonly where: string;
}

interface Form {
  readonly canary: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** Shorter ones could be there by chance. */
const BYTES_MIN = 10;

export class Canaries {
  readonly #forms: Form[] = [];

  /** The secret as it was given out; where it is itself an encoding of bytes, these are looked for too. */
  add(canary: string, secret: string): string {
    if (secret.length < BYTES_MIN) throw new Error(`too short to be told from chance: ${canary}`);
    this.#addBytes(canary, Buffer.from(secret));
    const [, encoded] = /^(?:iotctl_[a-z]+_)?([A-Za-z0-9_+/-]{40,})=*$/.exec(secret) ?? [];
    if (encoded !== undefined) this.#addBytes(`${canary}, decoded`, Buffer.from(encoded, 'base64'));
    return secret;
  }

  /** A private key in PEM: its scalar too, which any other encoding would hold. */
  addPrivateKey(canary: string, pem: string): void {
    const {d} = createPrivateKey(pem).export({format: 'jwk'});
    this.#addBytes(canary, Buffer.from(d!, 'base64url'));
    for (const line of pem.split('\n').filter(text => text.length > 20 && !text.startsWith('-----'))) {
      this.#addBytes(`${canary}, a line of it`, Buffer.from(line));
    }
  }

  /** Those that stand in what was printed, answered or written. */
  in(where: string, content: string | Buffer): Sighting[] {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return this.#forms
      .filter(form => bytes.includes(form.bytes))
      .map(({canary, form}) => ({canary, form, where}));
  }

  /** Those in any file below a folder, or in its path. */
  inFolder(folder: string, {except = []}: {except?: readonly string[]} = {}): Sighting[] {
    return filesIn(folder)
      .filter(file => !except.includes(file))
      .flatMap(file => [...this.in(file, readFileSync(join(folder, file))), ...this.in('a name', file)]);
  }

  #addBytes(canary: string, bytes: Buffer): void {
    const hex = bytes.toString('hex');
    this.#forms.push(
      {canary, form: 'plain', bytes},
      {canary, form: 'percent-encoded', bytes: Buffer.from(encodeURIComponent(bytes.toString('latin1')))},
      {canary, form: 'hex', bytes: Buffer.from(hex)},
      {canary, form: 'HEX', bytes: Buffer.from(hex.toUpperCase())},
    );
    for (const encoding of ['base64', 'base64url'] as const) {
      for (const shift of [0, 1, 2])
        this.#forms.push({canary, form: encoding, bytes: within(bytes, encoding, shift)});
    }
  }
}

/** What stays the same of an encoding, whatever stands before and behind the bytes. */
function within(bytes: Buffer, encoding: 'base64' | 'base64url', shift: number): Buffer {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString(encoding)
    .replace(/=+$/, '');
  const known = Math.floor(((shift + bytes.length) * 8) / 6);
  return Buffer.from(text.slice(shift === 0 ? 0 : shift + 1, known));
}

export const filesIn = (folder: string): string[] =>
  readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)));

/** Files and folders that others than their owner could read, as `mode path`. */
export function openToOthers(folder: string): string[] {
  const all = ['', ...readdirSync(folder, {recursive: true, encoding: 'utf8'})];
  return all
    .map(name => ({
      name,
      mode: statSync(join(folder, name)).mode & 0o777,
      isFolder: statSync(join(folder, name)).isDirectory(),
    }))
    .filter(({mode, isFolder}) => mode !== (isFolder ? 0o700 : 0o600))
    .map(({name, mode}) => `${mode.toString(8)} ${name}`);
}

/** The command lines of every process on this machine, as `ps -ef` shows them. */
export function commandLines(): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(commandLineOf);
}

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    // It ended in between.
    return '';
  }
}
