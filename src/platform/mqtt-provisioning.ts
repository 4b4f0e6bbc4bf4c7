/** Devices that nobody knows yet, by MQTT: what they ask for, answered as it is by HTTP. */
import type {Administration} from '../admin/administration.js';
import type {Origin} from '../admin/origin.js';
import type {ProvisioningAnswer} from '../admin/provisioning-answer.js';
import type {ProvisioningQuestion, ProvisioningReply} from '../broker/provisioning-door.js';
import {IotctlError} from '../domain/errors.js';
import {readWish} from '../domain/provisioning.js';
import {uuidV7} from '../domain/uuid.js';

export async function provisionByMqtt(
  admin: Administration,
  question: ProvisioningQuestion,
  onBug: (error: Error) => void,
): Promise<ProvisioningReply> {
  const traceId = uuidV7(Date.now());
  try {
    return replyOf(await answerTo(admin, question, traceId));
  } catch (error) {
    if (!(error instanceof IotctlError)) onBug(error as Error);
    const known =
      error instanceof IotctlError ? error : new IotctlError('IOT_INTERNAL', 'an unexpected failure');
    const {status, code, message: detail, retryAfterSec} = known;
    return {status, code, detail, traceId, ...(retryAfterSec === undefined ? {} : {retryAfterSec})};
  }
}

function answerTo(
  {redemption, registrations}: Administration,
  {proof, request, address}: ProvisioningQuestion,
  traceId: string,
): Promise<ProvisioningAnswer> {
  const origin: Origin = {caller: undefined, address, userAgent: 'mqtt', traceId};
  const {nonce, ...wish} = readWish(request);
  if (proof.kind === 'certificate') return registrations.register(origin, {peer: proof, ...wish});
  if (proof.kind === 'token') return registrations.register(origin, {token: proof.token, ...wish});
  return redemption.redeem(origin, {code: proof.code, tenant: proof.tenant, nonce, ...wish});
}

/** It has found the gateway already: `mqttUrls` would tell it nothing. */
function replyOf(answer: ProvisioningAnswer): ProvisioningReply {
  if (answer.status === 'done') return {...answer.provisioned, status: 200};
  return {...answer, status: 202};
}
