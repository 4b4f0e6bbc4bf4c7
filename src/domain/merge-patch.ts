/**
 * JSON merge patch (RFC 7396): an object whose members replace those of a document; a null takes one away, an array
 * is replaced as a whole. Documents here are objects.
 */
import {isJsonObject, type JsonObject, memberOf, sameJson} from './json.js';

/** RFC 7396, 2. Neither argument is changed. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged = new Map(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else if (isJsonObject(value)) merged.set(key, mergePatch(objectOr(merged.get(key)), value));
    else merged.set(key, value);
  }
  // Not by assignment: a member called `__proto__` stays a member.
  return Object.fromEntries(merged);
}

/** The patch that makes `after` of `before`: neither may hold a null as a member, which no patch can say. */
export function patchBetween(before: JsonObject, after: JsonObject): JsonObject {
  const patch = new Map<string, unknown>();
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) patch.set(key, null);
  for (const [key, value] of Object.entries(after)) {
    const old = memberOf(before, key);
    if (sameJson(old, value)) continue;
    patch.set(key, isJsonObject(value) && isJsonObject(old) ? patchBetween(old, value) : value);
  }
  return Object.fromEntries(patch);
}

const objectOr = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});
