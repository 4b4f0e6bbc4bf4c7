/** What somebody asks of a device, and why it may not be asked. */
import type {AdminState, CommandAnswer} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';
import {isName} from '../domain/ids.js';
import {argumentFault} from '../domain/value-check.js';
import {modelOf} from '../registry/device-row.js';
import type {Registry} from '../registry/registry.js';

export interface SendRequest {
  readonly tenant: string;
  readonly device: string;
  readonly name: string;
  readonly data: unknown;
  readonly ttlMs: number;
  /** To a device in maintenance too. */
  readonly force?: boolean | undefined;
  readonly requestedBy: string;
  readonly allowedBy: string;
}

const TTL_MS_MIN = 1000;
const TTL_MS_MAX = 7 * 86_400_000;
const DATA_BYTES_MAX = 128 * 1024;

export function checkRequest({name, data, ttlMs}: SendRequest): void {
  if (!isName(name))
    throw new IotctlError('IOT_REQUEST_INVALID', `not a command’s name: ${JSON.stringify(name)}`);
  if (!(ttlMs >= TTL_MS_MIN && ttlMs <= TTL_MS_MAX)) {
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      `a time to live of ${ttlMs} ms is not between one second and seven days`,
    );
  }
  if (Buffer.byteLength(JSON.stringify(data ?? null)) > DATA_BYTES_MAX) {
    throw new IotctlError(
      'IOT_PAYLOAD_TOO_LARGE',
      `the command’s data has more than ${DATA_BYTES_MAX} bytes`,
    );
  }
}

/** A described model says which commands there are, and what they take. */
export async function checkArguments(
  {devices, models}: Pick<Registry, 'devices' | 'models'>,
  {tenant, device, name, data}: SendRequest,
): Promise<void> {
  const row = await devices.find(tenant, device);
  const ref = row && modelOf(row);
  const commands = ref && (await models.find(tenant, ref))?.spec.commands;
  if (!commands) return;
  const known = Object.hasOwn(commands, name) ? commands[name]! : undefined;
  const fault = known
    ? argumentFault(known, data)
    : `there is no such command; there are: ${Object.keys(commands).join(', ') || 'none'}`;
  if (fault !== undefined)
    throw new IotctlError('IOT_COMMAND_ARGUMENTS', `${name} of ${ref!.name}@${ref!.version}: ${fault}`);
}

/** Throws where a device in its state is sent nothing. */
export function refuseInState(device: string, adminState: AdminState, answer: CommandAnswer): void {
  if (answer === 'retired') throw new IotctlError('IOT_DEVICE_RETIRED', `device ${device} is retired`);
  if (answer === 'maintenance')
    throw new IotctlError('IOT_DEVICE_MAINTENANCE', `device ${device} is in maintenance`);
  if (answer === 'kept-out') throw new IotctlError('IOT_DEVICE_STATE', `device ${device} is ${adminState}`);
}
