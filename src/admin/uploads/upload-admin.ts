/**
 * Uploads: what was measured comes part by part, and each part is in the event stream once, however often it is sent and whenever the
 * platform is killed. Before a part is appended the registry says that it is begun; what of a begun part is in the stream already
 * is found there. What goes past the stream, into the store alone, the store takes once.
 */
import {createHash} from 'node:crypto';
import {decideOnDevice} from '../../domain/access.js';
import type {Device} from '../../domain/device.js';
import {IotctlError} from '../../domain/errors.js';
import type {ModelRef} from '../../domain/model.js';
import {Turns} from '../../domain/turns.js';
import type {PartAnswer, RefusedRow, Upload, UploadRow} from '../../domain/upload.js';
import {viewOf} from '../../registry/device-row.js';
import type {Registry} from '../../registry/registry.js';
import type {BegunPart, WantedUpload} from '../../registry/uploads.js';
import type {Changes} from '../changes.js';
import {mayGoOn} from '../going-on.js';
import {nameOf, type Origin} from '../origin.js';
import {messagesOf, type PartMessage, readRow} from './part-messages.js';

/** A message of an upload on its way into the event stream. */
export interface BackfillMessage {
  readonly tenant: string;
  readonly device: string;
  readonly model: ModelRef | undefined;
  readonly component: string;
  readonly payload: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
}

/** The event stream, as uploads need it. */
export interface BackfillStream {
  /** The offset that the next event gets. */
  head(): number;
  /** Resolves when all are on disk. Throws `IOT_DISK_FULL`. */
  append(messages: readonly BackfillMessage[]): Promise<void>;
  /** Of a part, the keys of the messages that are in the stream from that offset on. */
  appended(part: {tenant: string; upload: string; part: number; fromOffset: number}): Promise<Set<string>>;
}

/** The store, past the event stream. */
export interface BackfillStore {
  /** Resolves when all are on disk, once, however often the part is put. Throws `IOT_DISK_FULL`. */
  put(
    part: {tenant: string; upload: string; part: number},
    messages: readonly BackfillMessage[],
  ): Promise<void>;
}

export interface UploadParts {
  readonly registry: Registry;
  readonly changes: Changes;
  readonly stream: BackfillStream;
  readonly store: BackfillStore;
  readonly clock: () => number;
}

export class UploadAdmin {
  readonly #parts: UploadParts;
  /** Parts of one upload come one after the other. */
  readonly #turns = new Turns();

  constructor(parts: UploadParts) {
    this.#parts = parts;
  }

  /** What the same caller began with the same digest, or a new one. Throws `IOT_CONFLICT` where that goes elsewhere. */
  async begin(
    origin: Origin,
    tenant: string,
    wanted: WantedUpload,
  ): Promise<{upload: Upload; created: boolean}> {
    const by = {createdBy: nameOf(origin), nowMs: this.#parts.clock()};
    const {uploads} = this.#parts.registry;
    const known = await uploads.withDigest(tenant, by.createdBy, wanted.digest);
    if (known) return {upload: sameTarget(known, wanted), created: false};
    const change = {tenant, action: 'event:write', target: `upload/${wanted.name}`};
    return await this.#parts.changes.apply<{upload: Upload; created: boolean}>(
      origin,
      change,
      async registry => {
        const meanwhile = await registry.uploads.withDigest(tenant, by.createdBy, wanted.digest);
        if (meanwhile) return {result: {upload: sameTarget(meanwhile, wanted), created: false}};
        const upload = await registry.uploads.create(tenant, wanted, by);
        return {result: {upload, created: true}, after: upload};
      },
    );
  }

  list(tenant: string, limit: number): Promise<Upload[]> {
    return this.#parts.registry.uploads.list(tenant, limit);
  }

  /** Throws `IOT_NOT_FOUND`. */
  async get(tenant: string, id: string): Promise<Upload> {
    return (await this.#parts.registry.uploads.progress(tenant, id)).upload;
  }

  /**
   * Takes a part; the one before the next is answered as it was. Throws `IOT_NOT_FOUND`, `IOT_CONFLICT` for another part than the next,
   * and `IOT_DISK_FULL`.
   */
  async take(
    origin: Origin,
    {tenant, id, part}: {tenant: string; id: string; part: number},
    rows: readonly unknown[],
  ): Promise<PartAnswer> {
    return await this.#turns.take(`${tenant}/${id}`, async () => {
      const {upload, begun, answer} = await this.#parts.registry.uploads.progress(tenant, id);
      refuseOthers(origin, upload);
      if (answer?.part === part) return answer;
      refuseOther(upload, part);
      const {messages, refused} = await this.#read(origin, tenant, rows);
      const all = messages.map(({message, model}) => backfillOf({tenant, id, part}, message, model));
      const digest = digestOf(rows);
      if (begun && begun.digest !== digest)
        throw new IotctlError(
          'IOT_CONFLICT',
          `part ${part} of this upload was begun with other rows: send what was sent before`,
        );
      const beginning = begun ?? (await this.#begin({tenant, id}, digest));
      if (upload.into === 'store') await this.#parts.store.put({tenant, upload: id, part}, all);
      else await this.#append({tenant, id, part}, all, beginning, begun !== undefined);
      const taken: PartAnswer = {
        part,
        accepted: messages.reduce((sum, {message}) => sum + message.rows, 0),
        refused,
      };
      await this.#parts.registry.transact(registry => registry.uploads.accept(tenant, upload, taken));
      return taken;
    });
  }

  /** Throws `IOT_NOT_FOUND`. */
  async finish(origin: Origin, tenant: string, id: string): Promise<Upload> {
    const change = {tenant, action: 'event:write', target: `upload/${id}`};
    return await this.#turns.take(`${tenant}/${id}`, () =>
      this.#parts.changes.apply(origin, change, async registry => {
        const {upload: before} = await registry.uploads.progress(tenant, id);
        refuseOthers(origin, before);
        if (before.state === 'finished') return {result: before};
        await registry.uploads.finish(tenant, id, this.#parts.clock());
        const {upload: after} = await registry.uploads.progress(tenant, id);
        return {result: after, before, after};
      }),
    );
  }

  async #begin({tenant, id}: {tenant: string; id: string}, digest: string): Promise<BegunPart> {
    const {registry, stream} = this.#parts;
    const begun = {digest, offset: stream.head()};
    await registry.transact(within => within.uploads.begin(tenant, id, begun));
    return begun;
  }

  async #append(
    {tenant, id, part}: {tenant: string; id: string; part: number},
    messages: readonly BackfillMessage[],
    {offset}: BegunPart,
    again: boolean,
  ): Promise<void> {
    const {stream} = this.#parts;
    const there = again
      ? await stream.appended({tenant, upload: id, part, fromOffset: offset})
      : new Set<string>();
    await stream.append(messages.filter(({attributes}) => !there.has(attributes.uploadkey!)));
  }

  /** Rows of devices that are not there, or that the caller may not write for, are refused; the others become messages. */
  async #read(
    origin: Origin,
    tenant: string,
    rows: readonly unknown[],
  ): Promise<{
    messages: {message: PartMessage; model: ModelRef | undefined}[];
    refused: RefusedRow[];
  }> {
    const read = rows.map(readRow);
    const ids = new Set(read.flatMap(row => ('reason' in row ? [] : [row.device])));
    const rowsOfDevices = await this.#parts.registry.devices.present(tenant, [...ids]);
    const present = new Map([...rowsOfDevices].map(([id, row]) => [id, viewOf(row)]));
    const refused: RefusedRow[] = [];
    const good: {row: number; read: UploadRow}[] = [];
    for (const [row, one] of read.entries()) {
      const reason = 'reason' in one ? one.reason : refusalOf(origin, one.device, present.get(one.device));
      if (reason !== undefined) refused.push({row, reason});
      else good.push({row, read: one as UploadRow});
    }
    const grouped = messagesOf(good);
    return {
      messages: grouped.messages.map(message => ({message, model: modelOf(present.get(message.device)!)})),
      refused: [...refused, ...grouped.refused].sort((a, b) => a.row - b.row),
    };
  }
}

function sameTarget(upload: Upload, {into}: WantedUpload): Upload {
  if (upload.into === into) return upload;
  throw new IotctlError('IOT_CONFLICT', `this was begun as an upload into the ${upload.into}: ${upload.id}`);
}

function refuseOthers(origin: Origin, {createdBy, id}: Upload): void {
  if (!mayGoOn(origin, createdBy)) throw new IotctlError('IOT_NOT_FOUND', `no upload ${id} of yours`);
}

function refuseOther({nextPart, state, name}: Upload, part: number): void {
  if (state === 'finished') throw new IotctlError('IOT_CONFLICT', `upload ${name} is finished`);
  if (part !== nextPart)
    throw new IotctlError('IOT_CONFLICT', `part ${part} of this upload: the next is ${nextPart}`);
}

/** A device for which one may not speak is one that is not there. */
function refusalOf(origin: Origin, id: string, device: Device | undefined): string | undefined {
  if (!device || !maySpeakFor(origin, device)) return `no device ${id}`;
  return device.lifecycle === 'purged' ? `${id} is purged` : undefined;
}

/** A device speaks for itself, and for those that it carries. */
const maySpeakFor = ({caller, actor}: Origin, device: Device): boolean =>
  caller
    ? decideOnDevice(caller.access, 'event:write', device).allowed
    : actor?.kind === 'device' && (device.id === actor.name || device.via.includes(actor.name));

const modelOf = ({model, modelVersion}: Device): ModelRef | undefined =>
  model === null || modelVersion === null ? undefined : {name: model, version: modelVersion};

const backfillOf = (
  {tenant, id, part}: {tenant: string; id: string; part: number},
  {device, component, payload, key}: PartMessage,
  model: ModelRef | undefined,
): BackfillMessage => ({
  tenant,
  device,
  model,
  component,
  payload,
  attributes: {backfill: 'true', uploadid: id, uploadpart: String(part), uploadkey: key},
});

const digestOf = (rows: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(rows)).digest('hex');
