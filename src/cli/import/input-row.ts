/** A row of an import as it was read: a device, and what it is to log in with; or why it is neither. */
import type {ImportedCredential, ImportRow} from '../../domain/device-import.js';
import type {IotctlError} from '../../domain/errors.js';

/** `make`: a secret, or a key, that is made here. */
export type InputCredential = ImportedCredential | {readonly kind: 'make'};

export type InputRow = {
  /** In the file, from 1. */
  readonly line: number;
  /** Empty where there is none. */
  readonly id: string;
} & (
  | {
      readonly device: Omit<ImportRow, 'credential'>;
      /** Undefined: what the command says for all of them. */
      readonly credential: InputCredential | undefined;
    }
  | {readonly error: IotctlError}
);

export const FORMATS_IN = ['csv', 'ndjson', 'mosquitto-passwd'] as const;
export type InputFormat = (typeof FORMATS_IN)[number];
