import {appendFile, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {BulkJournal} from '../../src/cli/bulk-journal.js';
import {temporaryFolder} from '../support/temporary-folder.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'journal.ndjson');
});

afterEach(() => folder[Symbol.asyncDispose]());

async function written(...ids: string[]): Promise<void> {
  await using journal = await BulkJournal.open(path, 'retire at local');
  for (const id of ids) await journal.add({id, outcome: id.startsWith('bad') ? 'failed' : 'done'});
}

describe('the journal of a command', () => {
  it('is its owner’s file, and knows next time what was done; what failed is tried again', async () => {
    await written('lamp-1', 'bad-1');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await using journal = await BulkJournal.open(path, 'retire at local');
    expect([...journal.done]).toEqual(['lamp-1']);
  });

  it('goes on behind a line that was cut off while it was written', async () => {
    await written('lamp-1', 'lamp-2');
    await appendFile(path, '{"id":"lamp-3","outc');
    await written('lamp-4');
    await using journal = await BulkJournal.open(path, 'retire at local');
    expect([...journal.done]).toEqual(['lamp-1', 'lamp-2', 'lamp-4']);
    expect((await readFile(path, 'utf8')).endsWith('\n')).toBe(true);
  });

  it('belongs to one command at one platform', async () => {
    await written('lamp-1');
    await expect(BulkJournal.open(path, 'disable at local')).rejects.toMatchObject({
      code: 'IOT_CONFLICT',
      message: expect.stringContaining('retire at local') as string,
    });
  });

  it('refuses a file that is something else, and leaves it as it is', async () => {
    await writeFile(path, 'id,secret\nlamp-1,abc\n');
    await expect(BulkJournal.open(path, 'retire at local')).rejects.toMatchObject({
      code: 'IOT_INPUT_INVALID',
      message: expect.stringContaining('line 1') as string,
    });
    expect(await readFile(path, 'utf8')).toBe('id,secret\nlamp-1,abc\n');
  });

  it('refuses a place where no file can be', async () => {
    await expect(BulkJournal.open(join(path, 'x'), 'retire')).rejects.toMatchObject({
      code: 'IOT_INPUT_INVALID',
    });
  });
});
