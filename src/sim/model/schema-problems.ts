/** What a zod schema has against a value, in one sentence for each. */
import type {z} from 'zod';
import type {Problem} from './problem.js';

type Issue = z.core.$ZodIssue;

export const problemsOf = (issues: readonly Issue[], path: Problem['path']): Problem[] =>
  issues.map(issue => toProblem(innermost(issue, path)));

interface Found {
  readonly path: Problem['path'];
  readonly issue: Issue;
}

/**
 * Of alternatives, the one that got furthest is what was meant: what is wrong inside of it says more than that none
 * fits. Of several that failed at once, the one says most whose kind was right.
 */
function innermost(issue: Issue, before: Problem['path']): Found {
  const path = [...before, ...(issue.path as (string | number)[])];
  if (issue.code !== 'invalid_union') return {path, issue};
  const found = issue.errors.flatMap(errors => (errors[0] ? [innermost(errors[0], path)] : []));
  const depth = Math.max(path.length, ...found.map(({path: {length}}) => length));
  if (depth > path.length) return found.find(({path: {length}}) => length === depth)!;
  return (
    found.find(({issue: {code}}) => code !== 'invalid_type' && code !== 'invalid_union') ?? {path, issue}
  );
}

function toProblem({path, issue}: Found): Problem {
  const message = issue.message.replace(/^Invalid input: /, '');
  return {path, message: `${message.charAt(0).toLowerCase()}${message.slice(1)}`};
}
