/** The claims that a caller's selectors choose: there are few, so that their labels need no index. */
import {type RawBuilder, type SqlBool, sql} from 'kysely';
import type {DeviceScope} from '../domain/access.js';
import type {SelectorTerm} from '../domain/selector.js';
import {allOf, type Condition} from './device-conditions.js';

/** No selector at all chooses nothing. */
export const claimsIn = (scope: DeviceScope): Condition => {
  if (scope === 'all') return sql`TRUE`;
  return scope.length === 0 ? sql`FALSE` : sql`(${sql.join(scope.map(chosenBy), sql` OR `)})`;
};

const chosenBy = (terms: readonly SelectorTerm[]): RawBuilder<SqlBool> =>
  allOf(
    terms.map(({key, value}) =>
      key === 'model'
        ? sql<SqlBool>`claims.model = ${value}`
        : sql<SqlBool>`json_extract(claims.labels, ${`$."${key}"`}) = ${value}`,
    ),
  );
