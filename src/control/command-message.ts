/** What a device says about a command, and what becomes of the command by it. */
import type {CommandState} from '../domain/command.js';
import {parseJson} from '../domain/telemetry.js';
import type {Step} from './command-steps.js';

export interface DeviceMessage {
  readonly tenant: string;
  readonly device: string;
  readonly id: string;
  readonly stage: 'ack' | 'progress' | 'result';
  readonly payload: Uint8Array;
}

const RESULT_STATES: readonly CommandState[] = ['succeeded', 'failed', 'rejected'];

/** `resultDueMs`: until when a result is waited for that has not come yet. */
export function stepOf({stage, payload}: DeviceMessage, resultDueMs: number): Step {
  if (stage === 'ack') return {to: 'acknowledged', resultDueMs};
  if (stage === 'progress') return {to: 'running', resultDueMs};
  return resultOf(payload);
}

/** `{"status":"succeeded"|"failed"|"rejected",…}`; without a status it succeeded, and what is no JSON failed. */
function resultOf(payload: Uint8Array): Step {
  const parsed = parseJson(payload);
  if (!parsed.ok) {
    return {
      to: 'failed',
      detail: `undecodable result: ${parsed.reason}`,
      result: {text: Buffer.from(payload).toString()},
    };
  }
  const status = (parsed.value as {status?: unknown} | null)?.status;
  const to = RESULT_STATES.find(state => state === status) ?? (status === undefined ? 'succeeded' : 'failed');
  return {to, result: parsed.value};
}
