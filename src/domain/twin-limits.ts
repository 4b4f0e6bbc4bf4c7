/** How large a twin's documents may be, and what their keys may hold. */
import {isJsonObject} from './json.js';
import {nestedDeeperThan} from './telemetry.js';

/** Bytes of compact JSON in UTF-8. */
export const TWIN_BYTES_MAX = {desired: 32 * 1024, reported: 32 * 1024, tags: 8 * 1024} as const;

/** Levels of objects and arrays, the document itself included. */
export const TWIN_DEPTH_MAX = 10;
const KEY_CHARACTERS_MAX = 256;

/** Paths are written with dots, marks with `$`; a key is read by people. */
const KEY = /^[^\p{Cc}.$ ]+$/u;

export const isTwinKey = (key: string): boolean =>
  key.length <= KEY_CHARACTERS_MAX && KEY.test(key) && key !== '__proto__';

/** What is wrong with a document, or with a patch of one; undefined where nothing is. */
export function documentFault(section: keyof typeof TWIN_BYTES_MAX, document: unknown): string | undefined {
  if (!isJsonObject(document)) return `${section} is not an object`;
  if (nestedDeeperThan(document, TWIN_DEPTH_MAX))
    return `${section} is nested deeper than ${TWIN_DEPTH_MAX} levels`;
  const key = badKeyIn(document);
  if (key !== undefined)
    return `${section} has the key ${JSON.stringify(key.slice(0, 80))}: 1 to ${KEY_CHARACTERS_MAX} characters without \`.\`, \`$\`, space or control characters`;
  const bytes = Buffer.byteLength(JSON.stringify(document));
  return bytes > TWIN_BYTES_MAX[section]
    ? `${section} would have ${bytes} bytes, and has at most ${TWIN_BYTES_MAX[section]}`
    : undefined;
}

/** In objects within arrays, too. Only for what is not nested too deeply. */
function badKeyIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const bad = !Array.isArray(value) && !isTwinKey(key) ? key : badKeyIn(child);
    if (bad !== undefined) return bad;
  }
  return undefined;
}
