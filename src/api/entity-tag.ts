/** Versions of devices as HTTP speaks of them: ETag and If-Match (RFC 9110, 8.8.3 and 13.1.1). */
import type {FastifyReply, FastifyRequest} from 'fastify';
import type {Device} from '../domain/device.js';
import {IotctlError} from '../domain/errors.js';

/** The version that the caller saw; undefined where it does not matter to it. Throws `IOT_REQUEST_INVALID`. */
export function ifVersionOf(request: FastifyRequest): number | undefined {
  const header = request.headers['if-match'];
  if (header === undefined || header === '*') return undefined;
  const version = /^"(\d{1,15})"$/.exec(header)?.[1];
  if (version === undefined)
    throw new IotctlError(
      'IOT_REQUEST_INVALID',
      `If-Match is not a version in quotes: ${header.slice(0, 80)}`,
    );
  return Number(version);
}

export function replyWithDevice(reply: FastifyReply, device: Device): Device {
  reply.header('etag', `"${device.version}"`);
  return device;
}
