import type {LiveView} from '../domain/live-view.js';
import type {Paint} from './paint.js';

/** What every part of the screen is made from. */
export interface ScreenProps {
  readonly view: LiveView;
  readonly columns: number;
  readonly paint: Paint;
}

/** What stands before the numbers of a line takes so many columns. */
export const LABEL_COLUMNS = 13;
