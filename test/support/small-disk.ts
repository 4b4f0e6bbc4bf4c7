import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** Mounts a disk of a few MiB in memory; undefined where this user may not mount. Unmounted when the scope ends. */
export function mountSmallDisk(sizeMb: number): ({folder: string} & Disposable) | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'iotctl-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', folder], {stdio: 'pipe'});
  } catch {
    rmSync(folder, {recursive: true});
    return undefined;
  }
  return {
    folder,
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, {recursive: true, force: true});
    },
  };
}
