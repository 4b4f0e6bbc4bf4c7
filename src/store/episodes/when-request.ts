import type {EpisodeTimes} from '../../domain/episode.js';
import type {ReadingChoice} from '../stats/stats-request.js';

/** Episodes of a condition on several metrics (`reading-condition.ts`); the labels of `devices` are those that it names. */
export interface WhenRequest extends ReadingChoice, EpisodeTimes {
  readonly when: string;
  readonly timeoutMs: number;
  readonly consistent: boolean;
}
