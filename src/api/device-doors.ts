/** Where a device finds the platform: as whoever asks has found it. */
import {isIP} from 'node:net';
import type {FastifyRequest} from 'fastify';
import type {ApiPorts} from './ports.js';

/** MQTT over TLS first: a device takes the first that it can speak. */
export function mqttUrls(ports: ApiPorts, request: FastifyRequest): string[] {
  const doors = ports.doors();
  const host = hostOf(request, doors.name);
  return (['mqtts', 'wss', 'mqtt', 'ws'] as const).flatMap(door =>
    doors.ports[door] === undefined ? [] : [`${door}://${host}:${doors.ports[door]}`],
  );
}

/**
 * What a QR code says to a device: which platform, whose certificate it shows, and the code. `h` is the API over TLS where
 * that is open.
 */
export function claimUri(
  ports: ApiPorts,
  request: FastifyRequest,
  {tenant, code}: {tenant: string; code: string},
): string {
  const doors = ports.doors();
  const port = doors.ports.https ?? request.socket.localPort;
  const fingerprint = doors.ports.https === undefined ? undefined : doors.fingerprint;
  const where = `h=${hostOf(request, doors.name)}:${port}`;
  // Nothing in it has to be escaped: firmware takes it apart at `&` and `=`.
  return `iotctl://claim?${where}&t=${tenant}&c=${code}${fingerprint === undefined ? '' : `&fp=${fingerprint}`}`;
}

/** Whoever asks on the platform's own machine calls it by a name that means another one to everybody else. */
function hostOf({host}: FastifyRequest, name: string | undefined): string {
  const asked = host.replace(/:\d+$/, '');
  const isHere =
    asked === 'localhost' || asked === '[::1]' || (isIP(asked) === 4 && asked.startsWith('127.'));
  return isHere && name !== undefined ? name : asked;
}
