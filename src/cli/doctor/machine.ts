/** What this machine gives: open files, disk, and the versions of what runs. */
import {existsSync, readFileSync} from 'node:fs';
import {statfs} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {bytesText} from '../bytes.js';
import {type Check, failed, ok, warning} from './check.js';

/** File descriptors that the platform uses beside its connections: databases, threads, listeners. */
const FDS_OF_PLATFORM = 200;
const CONNECTIONS_FEW = 1000;
const DISK_LOW_BYTES = 2 ** 30;
const DISK_OUT_BYTES = 64 * 2 ** 20;

export function checkFileLimit(): Check {
  const limit = fileLimit();
  if (limit === undefined) return warning('open files', 'the limit cannot be read here');
  const connections = Math.max(0, limit - FDS_OF_PLATFORM);
  const detail = `${limit}, enough for about ${connections} connections`;
  if (connections === 0)
    return failed('open files', `${limit} is too few to start; raise it with \`ulimit -n\``);
  return connections < CONNECTIONS_FEW
    ? warning('open files', `${detail}; raise it with \`ulimit -n\``)
    : ok('open files', detail);
}

/** The hard limit: Node raises its own soft limit to it. */
function fileLimit(): number | undefined {
  const report = process.report as typeof process.report & {excludeNetwork?: boolean};
  report.excludeNetwork = true;
  const {userLimits} = report.getReport() as unknown as {userLimits?: {open_files?: {soft: number | string}}};
  const soft = userLimits?.open_files?.soft;
  return soft === 'unlimited' ? Number.MAX_SAFE_INTEGER : typeof soft === 'number' ? soft : undefined;
}

/** Free space where the data folder is, or will be. */
export async function checkDisk(folder: string): Promise<Check> {
  let path = folder;
  while (!existsSync(path)) path = dirname(path);
  const {bavail, bsize} = await statfs(path);
  const freeBytes = bavail * bsize;
  const detail = `${bytesText(freeBytes)} free at ${path}`;
  if (freeBytes < DISK_OUT_BYTES) return failed('disk', detail);
  return freeBytes < DISK_LOW_BYTES ? warning('disk', detail) : ok('disk', detail);
}

interface PackageFile {
  readonly version: string;
  readonly engines: {readonly node: string};
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Is Node new enough, and is every package there in the version that this release was tested with? */
export function checkVersions(root: string): Check[] {
  const own = readPackage(root)!;
  return [
    ok('iotctl', own.version),
    newEnough(process.versions.node, own.engines.node)
      ? ok('node', process.version)
      : failed('node', `${process.version}; iotctl needs ${own.engines.node}`),
    checkPackages(root, own.dependencies),
  ];
}

function checkPackages(root: string, wanted: Readonly<Record<string, string>>): Check {
  const wrong = Object.entries(wanted).flatMap(([name, version]) => {
    const found = findPackage(root, name)?.version;
    return found === version ? [] : [`${name} is ${found ?? 'missing'}, not ${version}`];
  });
  if (wrong.length > 0) return failed('packages', wrong.join('; '));
  return ok('packages', `all ${Object.keys(wanted).length} in the versions of this release`);
}

/** As Node looks for packages: in `node_modules` of the folder and of each one above. */
function findPackage(folder: string, name: string): PackageFile | undefined {
  const found = readPackage(join(folder, 'node_modules', name));
  const above = dirname(folder);
  return found ?? (above === folder ? undefined : findPackage(above, name));
}

function readPackage(folder: string): PackageFile | undefined {
  const path = join(folder, 'package.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as PackageFile) : undefined;
}

/** `wanted` is `>=major.minor` as package.json has it. */
function newEnough(version: string, wanted: string): boolean {
  const [major, minor] = version.split('.').map(Number) as [number, number];
  const [wantedMajor, wantedMinor = 0] = wanted.replace('>=', '').split('.').map(Number) as [number, number?];
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}
