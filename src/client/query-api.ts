/** Questions in SQL: a small answer as a whole, or one of any size as it comes. */
import {IotctlError, isErrorCode} from '../domain/errors.js';
import type {QueryEnd, QueryValue, StreamFormat} from '../domain/query.js';
import type {QueryTable} from '../domain/query-schema.js';
import type {Freshness} from '../domain/stats.js';
import {type Address, requestAnswer, requestJson, streamOf} from './request.js';

export interface Query {
  readonly sql: string;
  /** For `?` and `$1` by number, for `$name` by name. */
  readonly parameters?: Readonly<Record<string, QueryValue>> | undefined;
  /** How long the platform may work at it; 30 s, and 10 min for a stream, when nothing is said. */
  readonly timeoutMs?: number | undefined;
  /** 10,000 when nothing is said, and all for a stream. */
  readonly maxRows?: number | undefined;
  /** Wait until everything is stored that was acknowledged before. */
  readonly consistent?: true | undefined;
  /** The platform’s own events, instead of the tenant’s. */
  readonly platform?: true | undefined;
}

export interface QueryResult {
  readonly columns: readonly {readonly name: string; readonly type: string}[];
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
  readonly elapsedMs: number;
  readonly freshness: Freshness;
}

const TIMEOUT_MS = 30_000;
const STREAM_TIMEOUT_MS = 600_000;

/** What is waited for beyond the time that the platform may take. */
const GRACE_MS = 30_000;

const STREAM_TYPES: Readonly<Record<StreamFormat, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
};

export async function query(address: Address, asked: Query, signal?: AbortSignal): Promise<QueryResult> {
  const timeoutMs = (asked.timeoutMs ?? TIMEOUT_MS) + GRACE_MS;
  return (await requestJson(address, 'POST', '/v1/query', {body: asked, timeoutMs, signal})) as QueryResult;
}

/** The tables that a query can name. */
export async function querySchema(address: Address): Promise<readonly QueryTable[]> {
  const {items} = (await requestJson(address, 'GET', '/v1/query/schema')) as {items: QueryTable[]};
  return items;
}

/**
 * The bytes of an answer, which the platform makes no faster than they are read. Ends with what is known of the whole;
 * throws where it failed half-way. When the signal aborts it ends, and so does the query.
 */
export async function* queryStream(
  address: Address,
  {format, ...asked}: Query & {readonly format: StreamFormat},
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, QueryEnd | undefined> {
  const answer = await requestAnswer(address, 'POST', '/v1/query', {
    body: asked,
    timeoutMs: (asked.timeoutMs ?? STREAM_TIMEOUT_MS) + GRACE_MS,
    signal,
    // RFC 9110, 10.1.4: how it ended is told in trailers, to who takes them.
    headers: {accept: STREAM_TYPES[format], te: 'trailers', connection: 'close, TE'},
  });
  yield* streamOf<Uint8Array>(address, answer, signal);
  const {'iotctl-problem': problem, 'iotctl-end': end} = answer.trailers;
  if (problem !== undefined) throw failureOf(problem);
  return end === undefined ? undefined : (JSON.parse(end) as QueryEnd);
}

function failureOf(problem: string): IotctlError {
  const {code, detail} = JSON.parse(problem) as {code: string; detail: string};
  return new IotctlError(isErrorCode(code) ? code : 'IOT_INTERNAL', detail);
}
