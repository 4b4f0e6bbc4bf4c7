/** The columns of devices in CSV, for moving them in and out. */
export const PLAIN_COLUMNS = ['id', 'model', 'via', 'adminState', 'credential', 'secret', 'hash'] as const;
export const KEYED_COLUMNS = ['label', 'metadata', 'component'] as const;

/** A component that has no model. */
export const NO_MODEL = '-';

export const isColumn = (name: string): boolean =>
  (PLAIN_COLUMNS as readonly string[]).includes(name) ||
  KEYED_COLUMNS.some(prefix => name.startsWith(`${prefix}.`) && name.length > prefix.length + 1);
