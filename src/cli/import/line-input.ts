/** Rows that are a line each: NDJSON, and mosquitto's password files. */
import type {ImportRow} from '../../domain/device-import.js';
import {IotctlError} from '../../domain/errors.js';
import {parseMosquittoHash} from '../../domain/mosquitto-hash.js';
import {textLines} from '../lines-in.js';
import {credentialOf} from './input-credential.js';
import type {InputRow} from './input-row.js';

/** `{"id":"lamp-1","labels":{"site":"oslo"},"credential":"none"}`, as `device export` writes them. */
export const ndjsonRows = (input: AsyncIterable<Uint8Array>): AsyncGenerator<InputRow> =>
  rowsOf(input, (text, line) => {
    const value = objectIn(text);
    const {credential, secret, hash, ...device} = value;
    const id = typeof device.id === 'string' ? device.id : '';
    const given = credentialOf({credential: textIn(credential), secret: textIn(secret), hash: textIn(hash)});
    return {line, id, device: {...device, id} as ImportRow, credential: given};
  });

/** `lamp-1:$7$101$…`: the device keeps its password. */
export const mosquittoRows = (input: AsyncIterable<Uint8Array>): AsyncGenerator<InputRow> =>
  rowsOf(input, (text, line) => {
    const colon = text.indexOf(':');
    if (colon < 1) throw new IotctlError('IOT_INPUT_INVALID', 'not user:hash');
    const id = text.slice(0, colon);
    return {
      line,
      id,
      device: {id},
      credential: {kind: 'password', hash: parseMosquittoHash(text.slice(colon + 1).trim())},
    };
  });

async function* rowsOf(
  input: AsyncIterable<Uint8Array>,
  read: (text: string, line: number) => InputRow,
): AsyncGenerator<InputRow> {
  let line = 0;
  for await (const text of textLines(input)) {
    line++;
    if (text.trim() === '') continue;
    try {
      yield read(text, line);
    } catch (error) {
      if (!(error instanceof IotctlError)) throw error;
      yield {line, id: idIn(text), error};
    }
  }
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new IotctlError('IOT_INPUT_INVALID', 'not a JSON object');
}

function textIn(value: unknown): string | undefined {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  throw new IotctlError('IOT_INPUT_INVALID', 'credential, secret and hash are texts');
}

/** For what is said of a row that could not be read; never more of it, as there may be a secret in it. */
const idIn = (text: string): string =>
  /^\{.*?"id" *: *"([A-Za-z0-9._:-]{1,128})"/.exec(text)?.[1] ??
  /^([A-Za-z0-9._:-]{1,128}):/.exec(text)?.[1] ??
  '';
