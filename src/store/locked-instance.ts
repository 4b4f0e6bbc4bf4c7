/** Opens a tenant's file with limits of memory, threads and room, and closes every way out of it. */
import {chmod, mkdir, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {type DuckDBConnection, DuckDBInstance} from '@duckdb/node-api';
import {quotedText} from './sql-text.js';

export interface DatabaseLimits {
  /** DuckDB's own memory, for the writer and all queries of a tenant together, in MiB. */
  readonly memoryMb: number;
  /** DuckDB's threads of a tenant. With more than one, sums of the same question differ in their last digits. */
  readonly threads: number;
  /** What large queries may put into temporary files, in MiB. */
  readonly tempMb: number;
}

export const DEFAULT_LIMITS: DatabaseLimits = {memoryMb: 256, threads: 1, tempMb: 1024};

/** Where a tenant's file is. */
export const fileOf = (folder: string, tenant: string): string => join(folder, `${tenant}.duckdb`);

/** An instance of the tenant's file, made where there is none; nobody else may read the file. */
export async function openInstance(
  folder: string,
  tenant: string,
  limits: DatabaseLimits,
): Promise<DuckDBInstance> {
  const file = fileOf(folder, tenant);
  await mkdir(dirname(file), {recursive: true, mode: 0o700});
  // A killed process leaves its temporary files behind; DuckDB makes the last folder itself, but not its parent.
  await rm(tempFolderOf(folder, tenant), {recursive: true, force: true});
  await mkdir(dirname(tempFolderOf(folder, tenant)), {recursive: true, mode: 0o700});
  const instance = await DuckDBInstance.create(file, optionsOf(folder, tenant, limits));
  await chmod(file, 0o600);
  return instance;
}

function optionsOf(folder: string, tenant: string, limits: DatabaseLimits): Record<string, string> {
  return {
    memory_limit: `${limits.memoryMb}MiB`,
    threads: String(limits.threads),
    temp_directory: tempFolderOf(folder, tenant),
    max_temp_directory_size: `${limits.tempMb}MiB`,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  };
}

/** From here on no statement can reach a file but the tenant's own and those of its archive, or change a setting. */
export async function lockDown(writer: DuckDBConnection, archive: string): Promise<void> {
  await writer.run(`SET GLOBAL allowed_directories = [${quotedText(archive)}]`);
  await writer.run('SET GLOBAL enable_external_access = false');
  await writer.run('SET GLOBAL lock_configuration = true');
}

const tempFolderOf = (folder: string, tenant: string): string => join(folder, 'tmp', tenant);
