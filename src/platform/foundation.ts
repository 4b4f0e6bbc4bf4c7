/** What everything else of the platform stands on: its folder, log, registry and certificates. */
import {openRegistry, type Registry} from '../registry/registry.js';
import {Certificates, type ServerTls} from './certificates.js';
import type {DataFolder} from './data-folder.js';
import {openKeys} from './key-folder.js';
import type {PlatformLog} from './log.js';
import type {PlatformOptions} from './options.js';
import type {Started} from './started.js';
import type {LogNotice} from './thread-log.js';

export interface Foundation {
  readonly options: PlatformOptions;
  readonly folder: DataFolder;
  readonly log: PlatformLog;
  readonly started: Started;
  readonly registry: Registry;
  /** The authority that signs for this platform and its tenants. */
  readonly root: Certificates['root'];
  readonly tls: ServerTls | undefined;
  /** Of work that nobody waits for. */
  readonly onFault: (error: Error) => void;
  /** A failure is logged. */
  readonly quietly: (work: Promise<unknown> | undefined) => void;
  /** What a part says, from its thread. */
  readonly logNotice: (part: string, notice: LogNotice) => void;
}

type Ground = Pick<Foundation, 'options' | 'folder' | 'log' | 'started'>;

/** The first start makes tenant `default` and the admin token. */
export async function layFoundation(ground: Ground): Promise<Foundation> {
  const {options, folder, log, started} = ground;
  const registry = await openRegistry(folder.registry, openKeys(folder.keys));
  started.add(() => registry.close());
  const made = await registry.bootstrap(Date.now());
  if (made !== undefined) folder.adminToken.write(made);
  await registry.connectivity.markAllOffline(Date.now());
  const certificates = new Certificates(folder.tls);
  const onFault = ({message: reason}: Error): void => log.logger.error({reason}, 'a step failed');
  return {
    ...ground,
    registry,
    root: certificates.root,
    tls: options.tls && (await certificates.server(options.host, options.tls)),
    onFault,
    quietly: work => void work?.catch(onFault),
    logNotice: (part, {level, message, details}) => log.logger[level]({part, ...details}, message),
  };
}
