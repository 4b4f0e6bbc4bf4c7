/** How a thread other than the main one logs: by a notice to it. */
export interface LogNotice {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly details?: Readonly<Record<string, string | number>>;
}
