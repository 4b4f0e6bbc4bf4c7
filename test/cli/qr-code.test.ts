import {expect, it} from 'vitest';
import {type Paint, plain} from '../../src/cli/color.js';
import {renderQrCode} from '../../src/cli/qr-code.js';
import {readHalfBlocks} from '../support/qr-reader.js';

const URI = `iotctl://claim?h=[2001:db8::1]:18443&t=a-tenant-with-a-name-as-long-as-names-may-be-which-is-sixty-three-c&c=7K9M-2PXD-4TC&fp=${'4F'.repeat(32)}`;

it('is read by another program, and fits a terminal', async () => {
  const lines = (await renderQrCode(URI, plain)).split('\n');
  expect(readHalfBlocks(lines)).toBe(URI);
  expect(Math.max(...lines.map(line => line.length))).toBeLessThan(80);
});

it('is painted line by line, so that a terminal with a light background shows the same', async () => {
  const painted: Paint = (tone, text) => `<${tone}>${text}</>`;
  const lines = (await renderQrCode('iotctl', painted)).split('\n');
  expect(lines.every(line => /^<light on dark>[█▀▄ ]+<\/>$/.test(line))).toBe(true);
});
