/** Certificates made by OpenSSL, and TLS in front of servers that speak none. */
import {once} from 'node:events';
import {readFile, writeFile} from 'node:fs/promises';
import {type AddressInfo, connect, type Socket} from 'node:net';
import {join} from 'node:path';
import {createServer} from 'node:tls';
import {execa} from 'execa';
import {temporaryFolder} from './temporary-folder.js';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly path: string;
  /** SHA-256, `AB:CD:…`. */
  readonly fingerprint: string;
}

interface Wanted {
  readonly name: string;
  /** Without an issuer it signs itself. */
  readonly issuer?: Certificate;
  readonly hosts?: readonly string[];
  readonly isCa?: boolean;
  readonly expired?: boolean;
  /** What it is for; for a server otherwise. */
  readonly usage?: 'serverAuth' | 'clientAuth';
  /** Hex of the subject key identifier; otherwise OpenSSL makes it from the key. */
  readonly keyId?: string;
}

/** A folder in which certificates are made, as long as the scope lasts. */
export async function certificateMaker() {
  const folder = await temporaryFolder();
  let count = 0;
  return {
    folder: folder.path,
    make: async (wanted: Wanted): Promise<Certificate> => make(join(folder.path, String(count++)), wanted),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function make(path: string, wanted: Wanted): Promise<Certificate> {
  const {name, issuer, hosts = ['127.0.0.1'], isCa = false, expired = false, keyId = 'hash'} = wanted;
  const usage = wanted.usage ?? 'serverAuth';
  const names = hosts.map(host => `${/^[\d.]+$/.test(host) ? 'IP' : 'DNS'}:${host}`).join(',');
  const extensions = isCa
    ? 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n'
    : `basicConstraints=critical,CA:FALSE\nextendedKeyUsage=${usage}\nsubjectAltName=${names}\n`;
  await writeFile(`${path}.ext`, `${extensions}subjectKeyIdentifier=${keyId}\n`);
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    `${path}.key`,
  ];
  await execa('openssl', ['req', '-new', ...key, '-subj', `/CN=${name}`, '-out', `${path}.csr`]);
  const signer =
    issuer === undefined
      ? ['-signkey', `${path}.key`]
      : ['-CA', issuer.path, '-CAkey', `${issuer.path.slice(0, -4)}.key`, '-CAcreateserial'];
  const days = ['-days', expired ? '-1' : '30'];
  await execa('openssl', [
    ...['x509', '-req', '-in', `${path}.csr`, '-out', `${path}.pem`, '-extfile', `${path}.ext`],
    ...signer,
    ...days,
  ]);
  const shown = await execa('openssl', ['x509', '-in', `${path}.pem`, '-noout', '-fingerprint', '-sha256']);
  return {
    key: await readFile(`${path}.key`, 'utf8'),
    cert: await readFile(`${path}.pem`, 'utf8'),
    path: `${path}.pem`,
    fingerprint: shown.stdout.split('=')[1]!.trim(),
  };
}

/** Listens on a free loopback port with TLS, and hands everything on to `targetPort`. */
export async function startTlsProxy(targetPort: number, {key, cert}: {key: string; cert: string}) {
  const sockets = new Set<Socket>();
  let served = 0;
  const server = createServer({key, cert}, socket => {
    const target = connect(targetPort, '127.0.0.1');
    for (const end of [socket, target]) sockets.add(end.on('error', () => undefined));
    socket.once('data', () => served++);
    socket.pipe(target).pipe(socket);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    /** How many connections sent something after their handshake. */
    served: () => served,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
