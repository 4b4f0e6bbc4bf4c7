/** Something in a file that is not as it has to be. */
export interface Problem {
  /** `['simulate', 'metrics', 'temperature']` */
  readonly path: readonly (string | number)[];
  /** What it is, and what was expected. */
  readonly message: string;
}

export const problemText = ({path, message}: Problem): string => `${path.join('.')}: ${message}`;
