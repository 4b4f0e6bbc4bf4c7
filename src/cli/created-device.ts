/** How new devices are shown, each with the credential that it was made with. */
import type {Device, DeviceCredential} from '../domain/device.js';
import type {CertificateFiles} from './device-certificate.js';
import type {Columns} from './output.js';

/** `credential` is null for a device that was there already, or that has none. */
export interface CreatedDevice {
  readonly device: Device;
  readonly credential: DeviceCredential | null;
  /** Of one with a certificate. */
  readonly files?: CertificateFiles;
}

/** What devices are made with. */
export type FirstCredential = 'secret' | 'token' | 'password' | 'x509' | 'none';

const NAME_COLUMNS = {
  id: ({device}) => device.id,
  username: ({credential}) => credential?.username,
} satisfies Columns<CreatedDevice>;

/** Columns where the secrets went to a file, or there are none. */
export const WITHOUT_SECRET: Columns<CreatedDevice> = NAME_COLUMNS;

const THERE = '(there already)';

export const CREATED_DEVICE_COLUMNS: Readonly<Record<FirstCredential, Columns<CreatedDevice>>> = {
  secret: {...NAME_COLUMNS, secret: ({credential}) => credential?.secret ?? THERE},
  token: {
    ...NAME_COLUMNS,
    keyId: ({credential}) => credential?.keyId,
    key: ({credential}) => credential?.key ?? THERE,
  },
  password: NAME_COLUMNS,
  x509: {
    ...NAME_COLUMNS,
    key: ({files}) => files?.key ?? THERE,
    certificate: ({files}) => files?.certificate,
    chain: ({files}) => files?.chain,
  },
  none: {id: NAME_COLUMNS.id, lifecycle: ({device}) => device.lifecycle},
};

/** JSON on stdout may be kept in a log; the secrets are in a file. */
export const withoutSecrets = (created: readonly CreatedDevice[]): CreatedDevice[] =>
  created.map(({device, credential}) => ({
    device,
    credential: credential && {username: credential.username},
  }));
