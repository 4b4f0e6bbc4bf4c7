/** Who logs in where a load test is against a platform: devices and a token, made for the run and taken away after it. */
import type {ApiClient} from '../../client/api-client.js';
import {IotctlError} from '../../domain/errors.js';
import {provision, unprovision} from '../../sim/device/provision.js';
import {Identities, type ListedIdentity, type Role} from '../../sim/load/identity.js';
import {stampPlaceOf} from '../../sim/load/payload.js';
import type {LoadPlan} from '../../sim/load/plan.js';
import {say} from '../stdout.js';
import {applicationTopics, isApplications, isDevices} from './platform-topics.js';

export interface BenchPlatform {
  readonly api: ApiClient;
  readonly tenant: string;
  /** Leave the devices in the registry. */
  readonly keep: boolean;
}

/** A token that nobody could take away any more ends by itself, so long after the run. */
const TOKEN_GRACE_MS = 3_600_000;
const ENDLESS_RUN_MS = 30 * 24 * 3_600_000;

/** What was made is taken away again, however `use` ends. Throws `IOT_USAGE` for topics that nobody may use. */
export async function withLogins<Result>(
  plan: LoadPlan,
  platform: BenchPlatform,
  signal: AbortSignal,
  use: (plan: LoadPlan) => Promise<Result>,
): Promise<Result> {
  checkTopics(plan, platform.tenant);
  return await withDevices(plan, platform, signal, withThem => withToken(withThem, platform, use));
}

async function withDevices<Result>(
  plan: LoadPlan,
  {api, tenant, keep}: BenchPlatform,
  signal: AbortSignal,
  use: (plan: LoadPlan) => Promise<Result>,
): Promise<Result> {
  const wanted = devicesOf(plan, tenant);
  const made: string[] = [];
  try {
    const labels = {bench: plan.run};
    const logins = await provision(api, wanted, ids => made.push(...ids), {labels, signal});
    const listed: Record<number, ListedIdentity> = {};
    for (const [at, {id, username, password}] of logins.entries())
      listed[wanted[at]!.index] = {
        clientId: id,
        ...(username === undefined ? {} : {username}),
        ...(password === undefined ? {} : {password}),
      };
    return await use({...plan, listed});
  } finally {
    if (!keep)
      await unprovision(api, made).catch((error: Error) =>
        say(
          `Warning: not every device of the run could be deleted: ${error.message}. Type: iotctl device delete --selector bench=${plan.run} --force`,
        ),
      );
  }
}

/** Their ids are the client ids that their templates give. */
function devicesOf(plan: LoadPlan, tenant: string): {readonly id: string; readonly index: number}[] {
  const {run, identity, start, publish, subscribe, idle, command} = plan;
  const identities = new Identities(run, identity);
  const some = (role: Role, count: number, first: number) =>
    Array.from({length: count}, (_, at) => ({
      id: identities.of(role, start + at, first + at).clientId,
      index: first + at,
    }));
  const publishers = publish?.clients ?? 0;
  return [
    ...(publish !== null && isDevices(publish.topic, tenant) ? some('pub', publishers, 0) : []),
    ...some('conn', idle, publishers + (subscribe?.clients ?? 0)),
    ...some('res', command?.devices ?? 0, 0),
  ];
}

/** All who are no devices log in with one token, which may use the topics of applications, and read where the run does. */
async function withToken<Result>(
  plan: LoadPlan,
  {api, tenant}: BenchPlatform,
  use: (plan: LoadPlan) => Promise<Result>,
): Promise<Result> {
  if (plan.subscribe === null && (plan.publish === null || isDevices(plan.publish.topic, tenant)))
    return await use(plan);
  const reads = plan.subscribe?.filters.some(filter => !isApplications(filter, tenant)) ?? false;
  const lifeMs = (plan.durationMs ?? ENDLESS_RUN_MS) + TOKEN_GRACE_MS;
  const name = `bench-${plan.run}`;
  const token = await api.createToken({
    name,
    topics: ['x/#'],
    ...(reads ? {roles: [{role: 'viewer'}], scopes: ['event:read']} : {}),
    expiresAt: new Date(Date.now() + lifeMs).toISOString(),
  });
  try {
    const {clientId} = plan.identity;
    return await use({...plan, identity: {clientId, username: token.username, password: token.secret}});
  } finally {
    await api
      .deleteToken(name)
      .catch((error: Error) =>
        say(`Warning: the token of the run is left: ${error.message}. Type: iotctl token delete ${name}`),
      );
  }
}

function checkTopics({publish, subscribe, protocolVersion}: LoadPlan, tenant: string): void {
  const own = applicationTopics(tenant);
  if (publish !== null && !isDevices(publish.topic, tenant) && !isApplications(publish.topic, tenant))
    throw new IotctlError(
      'IOT_USAGE',
      `--topic ${publish.topic}: on a platform devices publish below me/, and applications below ${own}. Type --topic '${own}${publish.topic}'`,
    );
  if (
    publish !== null &&
    subscribe !== null &&
    isDevices(publish.topic, tenant) &&
    stampPlaceOf(publish.payload, protocolVersion) === 'property'
  )
    throw new IotctlError(
      'IOT_USAGE',
      'what devices say reaches applications without user properties, by which messages would be told apart: write {stamp} into --payload',
    );
  const shared = subscribe?.filters.find(filter => filter.startsWith('$share/'));
  if (shared !== undefined)
    throw new IotctlError(
      'IOT_USAGE',
      `${shared}: a platform has no shared subscriptions. Type --url to measure another broker`,
    );
  const foreign = subscribe?.filters.find(
    filter => !isApplications(filter, tenant) && !isDevices(filter, tenant),
  );
  if (foreign !== undefined)
    throw new IotctlError(
      'IOT_USAGE',
      `--filter ${foreign}: on a platform one reads what devices say, t/${tenant}/d/+/telemetry, and what applications do. Type --filter '${own}${foreign}'`,
    );
}
