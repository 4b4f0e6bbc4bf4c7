/** One finding of `doctor`. Keys of JSON. */
export interface Check {
  readonly name: string;
  /** Only `failed` makes `doctor` end with exit code 9. */
  readonly state: 'ok' | 'warning' | 'failed';
  readonly detail: string;
}

export const ok = (name: string, detail: string): Check => ({name, state: 'ok', detail});
export const warning = (name: string, detail: string): Check => ({name, state: 'warning', detail});
export const failed = (name: string, detail: string): Check => ({name, state: 'failed', detail});
