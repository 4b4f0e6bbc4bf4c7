/** A metric before it is compiled: others may follow from it, so all of them have their places first. */
import type {ValueSpec} from '../../domain/model.js';
import type {MetricBehaviour} from './behaviour.js';
import type {Problem} from './problem.js';
import type {RouteShare} from './route-plan.js';

export interface MetricDraft {
  readonly name: string;
  /** Empty for the device itself. */
  readonly component: string;
  readonly spec: ValueSpec;
  /** A variable is made, and not told. */
  readonly isTold: boolean;
  /** A route makes several metrics. */
  readonly behaviour: MetricBehaviour | RouteShare;
  readonly path: Problem['path'];
  readonly stream: number;
  readonly value: number;
  /** Where the value of the message before is, if anybody asks for it. */
  before: number | undefined;
  readsItself: boolean;
  /** Metrics of the same message that come first. */
  readonly uses: Set<MetricDraft>;
}

/** Finds by the names that expressions have: a metric of the same message, of the device, or `component.metric`. */
export function findDraft(
  drafts: readonly MetricDraft[],
  from: MetricDraft,
  name: string,
): MetricDraft | undefined {
  return (
    drafts.find(draft => draft.component === from.component && draft.name === name) ??
    drafts.find(draft => draft.component === '' && draft.name === name) ??
    drafts.find(({component, name: own}) => component !== '' && `${component}.${own}` === name)
  );
}
