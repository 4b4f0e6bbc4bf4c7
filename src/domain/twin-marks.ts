/** Who set which value of a twin, and when. */
import {isJsonObject, type JsonObject, memberOf, sameJson} from './json.js';
import type {Mark, Marks, MarkView} from './twin.js';

/** Marks what differs between the two documents, and keeps the marks of what does not. */
export function markChanges(before: JsonObject, after: JsonObject, marks: Marks, mark: Mark): Marks {
  return Object.fromEntries(
    Object.entries(after).map(([key, value]): [string, Marks | Mark] => {
      const old = memberOf(before, key);
      const known = Object.hasOwn(marks, key) ? marks[key] : undefined;
      if (known !== undefined && sameJson(old, value)) return [key, known];
      if (!isLevel(value)) return [key, mark];
      const inside = known !== undefined && !isMark(known) ? known : {};
      return [key, markChanges(isJsonObject(old) ? old : {}, value, inside, mark)];
    }),
  );
}

export function marksView(marks: Marks): JsonObject {
  return Object.fromEntries(
    Object.entries(marks).map(([key, one]): [string, MarkView | JsonObject] => [
      key,
      isMark(one) ? viewOf(one) : marksView(one),
    ]),
  );
}

/** What was set after that version, in words; the latest three. */
export function setSince(marks: Marks, version: number): string[] {
  return [...flat(marks, '')]
    .filter(({mark}) => mark[2] > version)
    .sort((one, other) => other.mark[2] - one.mark[2])
    .slice(0, 3)
    .map(({path, mark: [atMs, by]}) => `${path} by ${by} at ${new Date(atMs).toISOString()}`);
}

function* flat(marks: Marks, prefix: string): Generator<{path: string; mark: Mark}> {
  for (const [key, one] of Object.entries(marks)) {
    if (isMark(one)) yield {path: prefix + key, mark: one};
    else yield* flat(one, `${prefix}${key}.`);
  }
}

/** An empty object is a value of its own. */
const isLevel = (value: unknown): value is JsonObject => isJsonObject(value) && Object.keys(value).length > 0;

const isMark = (one: Marks | Mark): one is Mark => Array.isArray(one);

const viewOf = ([atMs, by, version]: Mark): MarkView => ({
  $at: new Date(atMs).toISOString(),
  $by: by,
  $version: version,
});
