/** A text as a QR code (ISO/IEC 18004:2024) in an SVG element. */
import {encodeQR} from '/claim/encode-qr.js';

/** What the standard asks for around a code (5.3.8). */
const QUIET_MODULES = 4;

/**
 * @param {SVGElement} svg
 * @param {string} text
 */
export function drawQr(svg, text) {
  const rows = encodeQR(text, 'raw', {ecc: 'medium', border: QUIET_MODULES});
  svg.setAttribute('viewBox', `0 0 ${rows.length} ${rows.length}`);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', rows.map(runsOf).join(''));
  svg.replaceChildren(path);
}

/** Each run of dark modules of a row as one rectangle. @param {boolean[]} row @param {number} y */
function runsOf(row, y) {
  let runs = '';
  for (let x = 0; x < row.length; x++) {
    if (!row[x]) continue;
    const from = x;
    while (row[x + 1]) x++;
    runs += `M${from} ${y}h${x - from + 1}v1H${from}z`;
  }
  return runs;
}
