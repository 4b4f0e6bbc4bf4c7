/**
 * ACL files of mosquitto (mosquitto.conf(5), acl_file), and what of them a platform can say: devices have their own topics
 * without any rule, and an application's token has filters below `x/`, for both directions.
 */

export type AclAccess = 'read' | 'write' | 'readwrite' | 'deny';

/** What becomes of one line. */
export interface AclRule {
  /** In the file, from 1. */
  readonly line: number;
  readonly rule: string;
  /** `granted`: the token has it; `own`: a device may do it anyway; `left`: there is no such right here. */
  readonly outcome: 'granted' | 'own' | 'left';
  /** The token that it is granted to. */
  readonly token: string | null;
  /** Below the tenant. */
  readonly topic: string | null;
  readonly message: string | null;
}

/** No name is empty. */
const EVERYBODY = '';

const RULE = /^(topic|pattern)\s+(?:(read|write|readwrite|deny)\s+)?(\S.*)$/;

/** Every rule in the order of the lines; none is passed over. */
export function readAcl(text: string, tenant: string): AclRule[] {
  let user: string | undefined;
  const rules: AclRule[] = [];
  const denials = new Map<string, number>();
  for (const [index, written] of text.split(/\r?\n/).entries()) {
    const rule = written.trim();
    if (rule === '' || rule.startsWith('#')) continue;
    const line = index + 1;
    const name = /^user\s+(\S.*)$/.exec(rule)?.[1];
    if (name !== undefined) {
      user = name;
      continue;
    }
    const [, kind, access = 'readwrite', topic = ''] = RULE.exec(rule) ?? [];
    if (access === 'deny') denials.set(kind === 'pattern' ? EVERYBODY : (user ?? EVERYBODY), line);
    const read =
      kind === undefined
        ? left('not a rule of an ACL file')
        : kind === 'pattern'
          ? patternRule(access as AclAccess, topic, tenant)
          : topicRule(user, access as AclAccess, topic, tenant);
    rules.push({line, rule, ...read});
  }
  return rules.map(rule => withoutDenied(rule, denials));
}

type Read = Pick<AclRule, 'outcome' | 'token' | 'topic' | 'message'>;

const left = (message: string): Read => ({outcome: 'left', token: null, topic: null, message});

const own = (topic: string): Read => ({
  outcome: 'own',
  token: null,
  topic,
  message: 'a device may do that by itself',
});

/** `%u` and `%c` stand for the device's name, which its topics have. */
function patternRule(access: AclAccess, topic: string, tenant: string): Read {
  const named = belowTenant(topic, tenant).replace(/%[uc]/, '{device}');
  return access !== 'deny' && named.startsWith('d/{device}/')
    ? own(named)
    : left(`devices have the topics of t/${tenant}/d/{device}, and no others`);
}

function topicRule(user: string | undefined, access: AclAccess, topic: string, tenant: string): Read {
  if (user === undefined) return left('nobody is let in without a name');
  if (access === 'deny') return left('what is not granted is denied; there are no exceptions from a grant');
  const below = belowTenant(topic, tenant);
  if (below.startsWith(`d/${user}/`)) return own(below);
  if (!below.startsWith('x/'))
    return left(`applications have topics below t/${tenant}/x/: publish to t/${tenant}/x/${topic} instead`);
  if (access !== 'readwrite')
    return left(`a token reads and writes its topics; ${access} alone cannot be granted`);
  return {outcome: 'granted', token: user, topic: below, message: null};
}

/** A grant that has an exception would be wider than it was. */
function withoutDenied(rule: AclRule, denials: ReadonlyMap<string, number>): AclRule {
  const line = rule.token === null ? undefined : (denials.get(rule.token) ?? denials.get(EVERYBODY));
  return line === undefined
    ? rule
    : {...rule, ...left(`line ${line} takes something of it back, which cannot be said here`)};
}

const belowTenant = (topic: string, tenant: string): string =>
  topic.startsWith(`t/${tenant}/`) ? topic.slice(`t/${tenant}/`.length) : topic;
