/** QR codes (ISO/IEC 18004:2024) on a terminal. */
import {type Paint, paintFor} from './color.js';
import {say} from './stdout.js';

/** The standard asks for four around a code; readers do with two, and a terminal has few lines. */
const QUIET_MODULES = 2;

/**
 * A text as lines of half blocks, two rows of modules in each. Painted they are dark on light whatever the terminal's own
 * colours are; plain, on a dark one.
 */
export async function renderQrCode(text: string, paint: Paint): Promise<string> {
  const {encodeQR} = await import('qr');
  const code = encodeQR(text, 'ascii', {ecc: 'low', border: QUIET_MODULES});
  return code
    .trimEnd()
    .split('\n')
    .map(line => paint('light on dark', line))
    .join('\n');
}

/** Shows it to the person at the keyboard; results never come with it. */
export async function sayQrCode(text: string): Promise<void> {
  say(await renderQrCode(text, await paintFor(process.stderr)));
}
