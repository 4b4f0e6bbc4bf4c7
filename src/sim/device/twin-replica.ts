/** What a device knows of its desired document: the whole, and patches that join without a gap (docs/twins.md). */
import {isJsonObject, type JsonObject} from '../../domain/json.js';
import {mergePatch} from '../../domain/merge-patch.js';

/** A value that is desired, by its name in the model: nested names are joined by dots. */
export interface DesiredValue {
  readonly name: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

export class TwinReplica {
  #version = -1;
  #desired: JsonObject = {};

  get version(): number {
    return this.#version;
  }

  /**
   * Takes a message of `twin/desired`. `gap`: patches are missing before it, and the whole has to be asked for;
   * `known`: nothing in it is new; `unreadable`: it is none of the two kinds.
   */
  take(payload: Uint8Array): 'new' | 'known' | 'gap' | 'unreadable' {
    let told: unknown;
    try {
      told = JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString());
    } catch {
      return 'unreadable';
    }
    if (!isJsonObject(told)) return 'unreadable';
    const {version, desired, from, to, patch} = told;
    if (typeof version === 'number' && isJsonObject(desired)) return this.#become(version, desired);
    if (typeof from !== 'number' || typeof to !== 'number' || !isJsonObject(patch)) return 'unreadable';
    if (to <= this.#version) return 'known';
    return from === this.#version ? this.#become(to, mergePatch(this.#desired, patch)) : 'gap';
  }

  /** Each desired value; an object is one where `isProperty` says so, else its members are. */
  values(isProperty: (name: string) => boolean): DesiredValue[] {
    return [...valuesIn(this.#desired, [], isProperty)];
  }

  #become(version: number, desired: JsonObject): 'new' | 'known' {
    if (version < this.#version) return 'known';
    const isNew = version > this.#version;
    this.#version = version;
    this.#desired = desired;
    return isNew ? 'new' : 'known';
  }
}

function* valuesIn(
  document: JsonObject,
  path: readonly string[],
  isProperty: (name: string) => boolean,
): Generator<DesiredValue> {
  for (const [key, value] of Object.entries(document)) {
    const inside = [...path, key];
    const name = inside.join('.');
    if (isJsonObject(value) && !isProperty(name)) yield* valuesIn(value, inside, isProperty);
    else yield {name, path: inside, value};
  }
}
