/**
 * An answer as a stream. What is known only at its end comes as a trailer (RFC 9110, 6.5), to who says `TE: trailers`:
 * `iotctl-end`, or `iotctl-problem` where it failed half-way. For everybody else a failure ends the connection in the
 * middle of the answer, so that no part of one is taken for the whole.
 */
import type {ServerResponse} from 'node:http';
import type {FastifyRequest} from 'fastify';
import {IotctlError} from '../domain/errors.js';
import type {QueryEnd, StreamFormat} from '../domain/query.js';
import type {AnswerStream} from './ports.js';

export const STREAM_TYPES: Readonly<Record<StreamFormat, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
};

/** A reader that takes nothing for so long is cut off. */
const UNREAD_MS_MAX = 60_000;

/** The first format that the request accepts; undefined for JSON, which is what everybody gets who does not ask. */
export function streamFormatOf({headers}: FastifyRequest): StreamFormat | undefined {
  const accepted = (headers.accept ?? '').split(',').map(part => part.split(';', 1)[0]!.trim().toLowerCase());
  const known = accepted.find(type => type === 'application/json' || formatOf(type) !== undefined);
  return known === undefined ? undefined : formatOf(known);
}

const formatOf = (type: string): StreamFormat | undefined =>
  (Object.keys(STREAM_TYPES) as StreamFormat[]).find(format => STREAM_TYPES[format] === type);

export class QueryReply {
  readonly #response: ServerResponse;
  readonly #trailers: boolean;

  constructor(request: FastifyRequest, response: ServerResponse, format: StreamFormat) {
    this.#response = response;
    this.#trailers = /\btrailers\b/i.test(String(request.headers.te ?? ''));
    response.writeHead(200, {
      'content-type': STREAM_TYPES[format] + (format === 'parquet' ? '' : '; charset=utf-8'),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      trailer: 'iotctl-end, iotctl-problem',
    });
  }

  /** Writes all of it. Throws what the answer throws, and `IOT_TOO_SLOW`. */
  async copy(first: IteratorResult<Uint8Array, QueryEnd>, rest: AnswerStream): Promise<void> {
    let piece = first;
    for (; piece.done !== true; piece = await rest.next()) {
      if (piece.value.length > 0) await this.#write(piece.value);
      if (this.#response.destroyed) return;
    }
    this.#finish('iotctl-end', piece.value);
  }

  fail({code, message}: IotctlError): void {
    if (this.#trailers) this.#finish('iotctl-problem', {code, detail: message});
    else this.#response.destroy();
  }

  #finish(name: string, value: unknown): void {
    if (this.#response.writableEnded) return;
    this.#response.addTrailers({[name]: headerText(value)});
    this.#response.end();
  }

  async #write(piece: Uint8Array): Promise<void> {
    const response = this.#response;
    if (response.destroyed || response.write(piece)) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        response.off('drain', goOn).off('close', goOn);
        end();
      };
      const goOn = (): void => settle(resolve);
      const timer = setTimeout(() => settle(() => reject(tooSlow())), UNREAD_MS_MAX);
      response.once('drain', goOn).once('close', goOn);
    });
  }
}

const tooSlow = (): IotctlError =>
  new IotctlError('IOT_TOO_SLOW', `nothing of the answer was read for ${UNREAD_MS_MAX / 1000} s`);

/** JSON in ASCII, as a header may hold it. */
const headerText = (value: unknown): string =>
  JSON.stringify(value).replaceAll(
    /[^\x20-\x7e]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
