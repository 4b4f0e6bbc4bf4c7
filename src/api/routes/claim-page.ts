/** The technician's page at /claim: files of the package, served as they are. Nothing of it comes from elsewhere. */
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {extname} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {FastifyReply, FastifyRequest} from 'fastify';
import {IotctlError} from '../../domain/errors.js';
import {packageFile} from '../../domain/package-files.js';
import type {Server} from '../server.js';

const FOLDER = packageFile('templates/claim-page/');

/** Drawn in the browser, so that no code travels more often than it must. */
const QR_ENCODER = fileURLToPath(import.meta.resolve('qr'));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Content Security Policy 3, Trusted Types, Permissions Policy. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  // Looked at again each time: page and platform are of one version.
  'cache-control': 'no-cache',
};

interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  readonly etag: string;
}

export function claimPageRoutes(server: Server): void {
  const files = readPage();
  const send = (name: string, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const file = files.get(name);
    if (!file)
      throw new IotctlError('IOT_NOT_FOUND', `nothing at ${request.method} ${request.url.slice(0, 200)}`);
    reply.headers({...HEADERS, etag: file.etag});
    if (request.headers['if-none-match'] === file.etag) return reply.status(304).send();
    return reply.type(file.type).send(file.bytes);
  };
  const open = {config: {auth: 'none'}, schema: {hide: true}} as const;
  server.get('/claim', open, (request, reply) => send('index.html', request, reply));
  server.get<{Params: {file: string}}>('/claim/:file', open, (request, reply) =>
    send(request.params.file, request, reply),
  );
}

/** All of it, at the start: whatever name is asked for later, no path is made of it. */
function readPage(): Map<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(FOLDER)) {
    const type = TYPES[extname(name)];
    if (type !== undefined) files.set(name, fileOf(readFileSync(new URL(name, FOLDER)), type));
  }
  files.set('encode-qr.js', fileOf(readFileSync(QR_ENCODER), TYPES['.js']!));
  return files;
}

const fileOf = (bytes: Buffer, type: string): PageFile => ({
  type,
  bytes,
  etag: `"${createHash('sha256').update(bytes).digest('base64url')}"`,
});
