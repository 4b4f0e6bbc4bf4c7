/** What a device says of itself, and the merge patches that tell what became different (RFC 7396). */
import type {JsonObject} from '../../domain/json.js';
import {mergePatch, patchBetween} from '../../domain/merge-patch.js';

/** A document with one value in it, at that path. */
export const documentWith = (path: readonly string[], value: unknown): JsonObject =>
  path.reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value) as JsonObject;

export class ReportedDocument {
  #document: JsonObject = {};
  #told: JsonObject = {};

  set(path: readonly string[], value: unknown): void {
    this.#document = mergePatch(this.#document, documentWith(path, value));
  }

  /** What was not told yet; from now on it was. */
  changes(): JsonObject {
    const patch = patchBetween(this.#told, this.#document);
    this.#told = this.#document;
    return patch;
  }
}
