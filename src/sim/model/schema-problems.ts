/** What a zod schema has against a value, in one sentence for each. */
import type {z} from 'zod';
import type {Problem} from './problem.js';

type Issue = z.core.$ZodIssue;

interface Found {
  readonly path: Problem['path'];
  readonly issue: Issue;
}

export const problemsOf = (issues: readonly Issue[], path: Problem['path']): Problem[] =>
  innermost(issues, path).map(toProblem);

/**
 * Of alternatives, the one that got furthest is what was meant: what is wrong inside of it says more than that none
 * fits. Of several that failed at once, the one says most whose kind was right.
 */
const innermost = (issues: readonly Issue[], before: Problem['path']): Found[] =>
  issues.flatMap(issue => {
    const path = [...before, ...(issue.path as (string | number)[])];
    if (issue.code !== 'invalid_union') return [{path, issue}];
    const found = issue.errors.map(errors => innermost(errors, path));
    const depth = Math.max(path.length, ...found.map(depthOf));
    const meant =
      depth > path.length
        ? found.find(errors => depthOf(errors) === depth)
        : found.find(([first]) => first && !isOfKind(first));
    return meant ?? [{path, issue}];
  });

const depthOf = (found: readonly Found[]): number => Math.max(0, ...found.map(({path: {length}}) => length));

const isOfKind = ({issue: {code}}: Found): boolean => code === 'invalid_type' || code === 'invalid_union';

function toProblem({path, issue}: Found): Problem {
  const message = issue.message.replace(/^Invalid input: /, '');
  return {path, message: `${message.charAt(0).toLowerCase()}${message.slice(1)}`};
}
