import {readdir, stat} from 'node:fs/promises';
import {join} from 'node:path';

/** Of all files in a folder and below; 0 where there is none. Those that go while they are counted count nothing. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, {withFileTypes: true, recursive: true}).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    bytes += await stat(join(entry.parentPath, entry.name)).then(
      ({size}) => size,
      () => 0,
    );
  }
  return bytes;
}
