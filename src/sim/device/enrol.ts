/** Devices that provision themselves: each signs with the key that is derived for it, and gets what it logs in with. */
import {setTimeout as pause} from 'node:timers/promises';
import type {ApiClient} from '../../client/api-client.js';
import {derivedKey, ENROLMENT_KEY_PREFIX, signDeviceToken} from '../../domain/device-token.js';
import {IotctlError} from '../../domain/errors.js';
import type {DeviceLogin} from './device-parts.js';

export interface EnrolmentKey {
  readonly group: string;
  readonly key: Uint8Array;
  readonly tenant: string;
}

const AT_ONCE = 8;
const TOKEN_LIFE_SEC = 3600;
/** A group may want a person's consent: whoever runs this can give it meanwhile. */
const WAIT_MS_MAX = 120_000;

/** In their order. `made` gets to know each that is registered. Throws `IOT_TIMED_OUT` where nobody decides. */
export async function enrol(
  api: ApiClient,
  ids: readonly string[],
  enrolment: EnrolmentKey,
  made: (id: string) => void,
): Promise<DeviceLogin[]> {
  const logins: DeviceLogin[] = [];
  const left = [...ids.entries()].reverse();
  const worker = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [index, id] = next;
      logins[index] = await registered(api, id, enrolment);
      made(id);
    }
  };
  await Promise.all(Array.from({length: AT_ONCE}, worker));
  return logins;
}

async function registered(
  api: ApiClient,
  id: string,
  {group, key, tenant}: EnrolmentKey,
): Promise<DeviceLogin> {
  const token = signDeviceToken({
    tenant,
    device: id,
    keyId: `${ENROLMENT_KEY_PREFIX}${group}`,
    key: derivedKey(key, tenant, id),
    expiresSec: Math.floor(Date.now() / 1000) + TOKEN_LIFE_SEC,
  });
  const endMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const answer = await attempt(api, token);
    if (typeof answer !== 'number') return {id, username: answer.username, password: answer.secret};
    if (performance.now() + answer * 1000 > endMs)
      throw new IotctlError(
        'IOT_TIMED_OUT',
        `nobody let ${id} in: \`iotctl enroll request approve ${group} ${id}\``,
      );
    await pause(answer * 1000);
  }
}

/** A login, or after how many seconds to come again. */
async function attempt(api: ApiClient, token: string): Promise<{username: string; secret: string} | number> {
  try {
    const answer = await api.enrolment.register(token);
    return 'retryAfterSec' in answer ? answer.retryAfterSec : answer;
  } catch (error) {
    if (error instanceof IotctlError && error.code === 'IOT_RATE_LIMITED') return error.retryAfterSec ?? 1;
    throw error;
  }
}
