/** Roles as they are given on the command line. */
import * as Flags from '@oclif/core/flags';
import type {WantedGrant} from '../client/api-shapes.js';
import type {Grant} from '../domain/access.js';
import {IotctlError} from '../domain/errors.js';
import {ROLES} from '../domain/permission.js';
import {parseSelector} from '../domain/selector.js';

export const roleFlag = Flags.string({
  options: [...ROLES],
  multiple: true,
  multipleNonGreedy: true,
  delimiter: ',',
  description: 'a role, see `iotctl role list`; may be given several times [default: none]',
});

export const grantSelectorFlag = Flags.string({
  description: "limit the roles to devices with these labels, such as 'site=oslo' [default: all devices]",
});

/** Throws `IOT_USAGE` for a selector that is none, or that limits nothing. */
export function wantedGrants(roles: readonly string[], selector: string | undefined): WantedGrant[] {
  if (selector === undefined) return roles.map(role => ({role}));
  if (roles.length === 0)
    throw new IotctlError('IOT_USAGE', '--selector limits roles, and there is none: give --role');
  parseSelector(selector);
  return roles.map(role => ({role, selector}));
}

/** `viewer, operator on site=oslo`. */
export const grantsText = (grants: readonly Grant[]): string =>
  grants.map(({role, selector}) => (selector === null ? role : `${role} on ${selector}`)).join(', ');
