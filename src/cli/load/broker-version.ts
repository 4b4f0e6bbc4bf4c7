/** What a run is against, for its report: asked before it begins, and no part of its figures. */
import type {ApiClient} from '../../client/api-client.js';
import {Identities} from '../../sim/load/identity.js';
import type {LoadPlan} from '../../sim/load/plan.js';
import {readBrokerVersion} from '../../sim/wire/broker-version.js';

/** Null where the token may not ask. */
export async function platformVersion(open: () => Promise<ApiClient>): Promise<string | null> {
  try {
    const {version} = await (await open()).status();
    return `iotctl ${version}`;
  } catch {
    return null;
  }
}

/** Logs in as the first client does, under a name of its own. */
export function versionOfBroker(plan: LoadPlan): Promise<string | null> {
  const {run, identity, listed, brokers, protocolVersion, sources} = plan;
  const {username, password, certificate} = new Identities(run, identity, listed).of('conn', plan.start, 0);
  return readBrokerVersion(
    {...brokers[0]!, certificate: certificate ?? plan.certificate},
    {protocolVersion, clientId: `${run}-version`, username, password, localAddress: sources[0]},
  );
}
