import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';

/**
 * Bytes of each file in a folder and below, by its path; none where there is no folder. Those that go while they are counted are left
 * out. Only those are asked for whose size is not known.
 */
export async function fileSizes(
  folder: string,
  known: (path: string) => number | undefined = () => undefined,
): Promise<Map<string, number>> {
  const entries = await readdir(folder, {withFileTypes: true, recursive: true}).catch(() => []);
  const sizes = new Map<string, number>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = known(path) ?? (await sizeOf(path));
    if (bytes !== undefined) sizes.set(path, bytes);
  }
  return sizes;
}

const sizeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({size}) => size,
    () => undefined,
  );
