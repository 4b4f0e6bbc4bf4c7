import type {Columns} from './output.js';

/** What `--dry-run` prints. */
export interface PlannedStep {
  readonly id: string;
  readonly action: string;
}

export const PLAN_COLUMNS: Columns<PlannedStep> = {
  id: step => step.id,
  action: step => step.action,
};
