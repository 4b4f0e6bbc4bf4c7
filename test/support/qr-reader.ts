/** Reads QR codes with a decoder that has nothing in common with what draws them. */
import jsqr from 'jsqr';

const PIXELS_A_MODULE = 4;

/** The text in a picture of RGBA pixels; undefined where no code can be read. */
export const readPixels = (pixels: Uint8ClampedArray, width: number, height: number): string | undefined =>
  jsqr.default(pixels, width, height)?.data;

/** The text in rows of modules, true where one is dark. */
export function readModules(rows: readonly (readonly boolean[])[]): string | undefined {
  const size = rows.length * PIXELS_A_MODULE;
  const pixels = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      if (rows[Math.floor(y / PIXELS_A_MODULE)]?.[Math.floor(x / PIXELS_A_MODULE)])
        pixels.fill(0, (y * size + x) * 4, (y * size + x) * 4 + 3);
  return readPixels(pixels, size, size);
}

/** The text in lines of half blocks as a dark terminal shows them: a block is light. */
export function readHalfBlocks(lines: readonly string[]): string | undefined {
  const rows = lines.flatMap(line => [
    line.split('').map(character => character !== '█' && character !== '▀'),
    line.split('').map(character => character !== '█' && character !== '▄'),
  ]);
  const width = Math.max(...rows.map(row => row.length));
  return readModules(rows.slice(0, width));
}
