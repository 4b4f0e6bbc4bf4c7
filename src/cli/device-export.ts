/** Devices in a form that can be moved in again: what is written about them and whether they are let in, never a secret. */
import {type FileHandle, open, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {csvLine} from '../domain/csv.js';
import type {Device} from '../domain/device.js';
import type {ImportRow} from '../domain/device-import.js';
import {uuidV7} from '../domain/uuid.js';
import {NO_MODEL} from './import/csv-columns.js';
import {textLines} from './lines-in.js';

const BLOCK_CHARACTERS = 64 * 1024;

export const exportedRow = (device: Device): ImportRow => ({
  id: device.id,
  ...(device.model === null ? {} : {model: modelText(device)}),
  labels: device.labels,
  metadata: device.metadata,
  components: device.components,
  via: device.via,
  adminState: device.adminState,
});

const modelText = ({model, modelVersion}: Device): string =>
  modelVersion === null ? model! : `${model}@${modelVersion}`;

export async function* ndjsonOf(rows: AsyncIterable<ImportRow>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`;
}

/** The same text in fewer pieces: each costs a call of the system. */
export async function* inBlocks(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let block = '';
  for await (const piece of pieces) {
    block += piece;
    if (block.length < BLOCK_CHARACTERS) continue;
    yield block;
    block = '';
  }
  if (block !== '') yield block;
}

/**
 * Which columns there are is known only at the end: until then the rows wait in a file (mode 0600) that is gone with the
 * process, so that any number of devices needs the memory of one.
 */
export async function* csvOf(rows: AsyncIterable<ImportRow>): AsyncGenerator<string> {
  await using spool = await Spool.open();
  const keys = {label: new Set<string>(), metadata: new Set<string>(), component: new Set<string>()};
  for await (const row of rows) {
    for (const key of Object.keys(row.labels ?? {})) keys.label.add(key);
    for (const key of Object.keys(row.metadata ?? {})) keys.metadata.add(key);
    for (const key of Object.keys(row.components ?? {})) keys.component.add(key);
    await spool.write(`${JSON.stringify(row)}\n`);
  }
  await spool.flush();
  const [labels, metadata, components] = [keys.label, keys.metadata, keys.component].map(set =>
    [...set].sort(),
  );
  const columns = [
    ...['id', 'model', 'via', 'adminState'],
    ...labels!.map(key => `label.${key}`),
    ...metadata!.map(key => `metadata.${key}`),
    ...components!.map(key => `component.${key}`),
  ];
  yield csvLine(columns);
  for await (const text of textLines(spool.read())) {
    const row = JSON.parse(text) as ImportRow;
    yield csvLine([
      row.id,
      row.model ?? '',
      (row.via ?? []).join(' '),
      row.adminState ?? '',
      ...labels!.map(key => row.labels?.[key] ?? ''),
      ...metadata!.map(key => row.metadata?.[key] ?? ''),
      ...components!.map(key => componentCell(row, key)),
    ]);
  }
}

function componentCell({components = {}}: ImportRow, key: string): string {
  const component = components[key];
  return component ? (component.model ?? NO_MODEL) : '';
}

class Spool implements AsyncDisposable {
  readonly #file: FileHandle;
  #block = '';

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(): Promise<Spool> {
    const path = join(tmpdir(), `iotctl-export-${uuidV7(Date.now())}`);
    const file = await open(path, 'wx+', 0o600);
    // Without a name it goes with the process, whatever ends that.
    await rm(path);
    return new Spool(file);
  }

  async write(text: string): Promise<void> {
    this.#block += text;
    if (this.#block.length >= BLOCK_CHARACTERS) await this.flush();
  }

  async flush(): Promise<void> {
    const block = this.#block;
    this.#block = '';
    await this.#file.appendFile(block);
  }

  read(): AsyncIterable<Uint8Array> {
    return this.#file.createReadStream({start: 0, autoClose: false}) as AsyncIterable<Uint8Array>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
