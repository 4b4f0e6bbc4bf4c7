/** What publishers send: a size, a text with variables, or what a model's devices say. */

import {IotctlError} from '../../domain/errors.js';
import type {ModelSpec} from '../../domain/model.js';
import {problemsText, readSimulation} from '../model/read-simulation.js';
import type {SimulatedModel} from '../model/simulated-model.js';
import type {PayloadSource} from '../wire/payload-source.js';
import type {CurrentMessage} from './message.js';
import {PayloadTemplate} from './payload-template.js';
import {STAMP_BYTES, type Stamper} from './stamp.js';

/** Plain JSON: it goes to other processes in a plan. */
export type PayloadSpec =
  | {readonly kind: 'size'; readonly bytes: number}
  | {readonly kind: 'template'; readonly text: string; readonly from: string}
  | {readonly kind: 'file'; readonly base64: string}
  | {readonly kind: 'model'; readonly model: ModelSpec; readonly seed: string};

/** Where a message has its stamp. */
export type StampPlace = 'start' | 'text' | 'property' | 'none';

/** One for each publisher, or one for all where nothing in it is a publisher's own. */
export type PayloadsOf = (publisher: number) => PayloadSource;

/** With MQTT 5 a stamp has a place beside every payload. */
export function stampPlaceOf(spec: PayloadSpec, protocolVersion: 4 | 5): StampPlace {
  if (spec.kind === 'size' && spec.bytes >= STAMP_BYTES) return 'start';
  if (spec.kind === 'template' && /\{stamp\}/.test(spec.text)) return 'text';
  return protocolVersion === 5 ? 'property' : 'none';
}

/** Throws `IOT_USAGE` where messages could not be told apart. */
export function mustHaveStamps(spec: PayloadSpec, protocolVersion: 4 | 5): void {
  if (stampPlaceOf(spec, protocolVersion) !== 'none') return;
  const why =
    spec.kind === 'size'
      ? `a payload of ${spec.bytes} bytes has no room for the ${STAMP_BYTES} by which messages are told apart: write --payload ${STAMP_BYTES} or more`
      : 'nothing in this payload tells messages apart: write {stamp} into a template';
  throw new IotctlError(
    'IOT_USAGE',
    `${why}, or use --protocol-version 5, which has room beside the payload`,
  );
}

/** Throws `IOT_USAGE` for a template, and `IOT_INPUT_INVALID` for a model, with what is wrong. */
export function payloadsFor(
  spec: PayloadSpec,
  current: CurrentMessage,
  stamper: Stamper,
  seed: number,
): PayloadsOf {
  switch (spec.kind) {
    case 'size': {
      const sized =
        spec.bytes >= STAMP_BYTES
          ? new StampedPayload(spec.bytes, current, stamper)
          : fixed(Buffer.alloc(spec.bytes, FILLER));
      return () => sized;
    }
    case 'file': {
      const file = fixed(Buffer.from(spec.base64, 'base64'));
      return () => file;
    }
    case 'template': {
      const template = new PayloadTemplate(spec.text, {current, stamper, seed, from: spec.from});
      return () => template;
    }
    case 'model':
      return modelPayloads(spec.model, spec.seed);
  }
}

function modelPayloads(spec: ModelSpec, seed: string): PayloadsOf {
  const {model, problems} = readSimulation(spec);
  if (model === undefined) throw new IotctlError('IOT_INPUT_INVALID', problemsText(problems));
  return publisher => sourceOf(model, seed, publisher);
}

function sourceOf(model: SimulatedModel, seed: string, publisher: number): PayloadSource {
  const source = model.device(seed, publisher).payloads();
  if (source === undefined)
    throw new IotctlError(
      'IOT_INPUT_INVALID',
      `model ${model.spec.model} has no metrics of the device itself`,
    );
  return source;
}

const FILLER = 'x'.charCodeAt(0);

/** The stamp, and as many bytes more as it takes. */
class StampedPayload implements PayloadSource {
  readonly maxBytes: number;
  readonly #current: CurrentMessage;
  readonly #stamper: Stamper;

  constructor(bytes: number, current: CurrentMessage, stamper: Stamper) {
    this.maxBytes = bytes;
    this.#current = current;
    this.#stamper = stamper;
  }

  write(target: Buffer, at: number): number {
    const end = at + this.maxBytes;
    const restAt = this.#stamper.write(target, at, this.#current);
    if (restAt < end) target.fill(FILLER, restAt, end);
    return end;
  }
}

const fixed = (bytes: Buffer): PayloadSource => ({
  maxBytes: bytes.length,
  write(target, at) {
    target.set(bytes, at);
    return at + bytes.length;
  },
});
