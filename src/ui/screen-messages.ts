import type {LiveView} from '../domain/live-view.js';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** With what the thread that draws is started. */
export interface ScreenStart {
  /** The terminal's file descriptor. */
  readonly fd: number;
  readonly size: ScreenSize;
  readonly colours: boolean;
  /** Set to 1, and notified, when the screen has been taken away. */
  readonly closed: SharedArrayBuffer;
}

export type ScreenOrder =
  | {readonly type: 'show'; readonly view: LiveView}
  | {readonly type: 'size'; readonly size: ScreenSize}
  | {readonly type: 'close'};
