/** What a screen is drawn on: a terminal, or what stands for one in another thread. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: Buffer | string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

/** DECTCEM; whoever draws has hidden it. */
export const SHOW_CURSOR = '\u001b[?25h';
