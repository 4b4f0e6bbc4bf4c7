import {expect, it} from 'vitest';
import {lineBatches, readWords} from '../../src/cli/lines-in.js';

async function* chunks(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

const lines = async (...texts: string[]): Promise<string[]> => {
  const all: string[] = [];
  for await (const batch of lineBatches(chunks(...texts))) {
    all.push(...batch.map(line => Buffer.from(line).toString()));
  }
  return all;
};

it('joins lines that were cut by the edge of a chunk', async () => {
  expect(await lines('on', 'e\ntw', 'o\nthr', 'ee\n')).toEqual(['one', 'two', 'three']);
});

it('takes a last line without a line break, and keeps empty lines', async () => {
  expect(await lines('a\n\nb')).toEqual(['a', '', 'b']);
  expect(await lines('')).toEqual([]);
});

it('reads words without blanks around them', async () => {
  expect(await readWords(chunks('lamp-1 \r\n\nlamp-2'))).toEqual(['lamp-1', 'lamp-2']);
});
