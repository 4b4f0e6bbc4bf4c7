/** How many connections a machine holds, and what is said where they are too few. */
import {once} from 'node:events';
import {type AddressInfo, connect, createServer, type Socket} from 'node:net';
import {describe, expect, it} from 'vitest';
import {parseTcpTable, readTcpTable} from '../../../src/sim/agents/busy-ports.js';
import {limitsFor, type Wanted} from '../../../src/sim/agents/connection-limits.js';
import type {Machine} from '../../../src/sim/agents/machine.js';
import {preflight, refuseTooMany} from '../../../src/sim/agents/preflight.js';

const MACHINE: Machine = {
  openFilesMax: 20_000,
  openFiles: 20,
  ports: {first: 32_768, last: 60_999, reserved: 0},
  tcp: [],
  reusesPorts: 'loopback',
  memoryBytes: 8 * 2 ** 30,
  trackable: undefined,
};

const WANTED: Wanted = {
  connections: 30_000,
  agents: 1,
  sources: [],
  targets: [{address: '127.0.0.1', port: 1883}],
};

const limit = (name: string, wanted: Partial<Wanted>, machine: Partial<Machine> = {}) =>
  limitsFor({...WANTED, ...wanted}, {...MACHINE, ...machine}).find(each => each.name === name);

describe('limits', () => {
  it('counts files of each process', () => {
    expect(limit('open files', {})).toMatchObject({
      fits: 19_950,
      remedy: expect.stringContaining('--agents 2'),
    });
    expect(limit('open files', {agents: 2})).toMatchObject({fits: 39_900});
  });

  it('counts ports of each broker, or of each source address', () => {
    expect(limit('ports', {})).toMatchObject({
      fits: 28_232,
      remedy: expect.stringContaining('--source 127.0.0.2-4'),
    });
    const targets = [1883, 1884].map(port => ({address: '127.0.0.1', port}));
    expect(limit('ports', {targets})?.fits).toBe(2 * 28_232);
    expect(limit('ports', {targets, sources: ['127.0.0.2']})?.fits).toBe(28_232);
    expect(limit('ports', {sources: ['127.0.0.2', '127.0.0.3']})?.fits).toBe(2 * 28_232);
  });

  it('does not advise a loopback address for a broker elsewhere', () => {
    expect(limit('ports', {targets: [{address: '192.0.2.1', port: 1883}]})?.remedy).not.toContain('127.');
  });

  it('leaves out the ports that are in use', () => {
    const entry = {localAddress: '127.0.0.2', remoteAddress: '127.0.0.1', remotePort: 1883};
    const tcp = [
      {...entry, localPort: 40_000, waiting: false},
      {...entry, localPort: 40_001, waiting: true},
      {...entry, localPort: 40_002, remotePort: 1884, waiting: false},
      {...entry, localPort: 1024, waiting: false},
    ];
    expect(limit('ports', {}, {tcp})?.fits).toBe(28_231);
    expect(limit('ports', {}, {tcp, reusesPorts: 'never'})?.fits).toBe(28_230);
    expect(limit('ports', {sources: ['127.0.0.2']}, {tcp})?.fits).toBe(28_229);
  });

  it('says what a platform does not tell instead of guessing', () => {
    const unknown = {openFilesMax: undefined, ports: undefined, tcp: undefined};
    expect(limit('open files', {}, unknown)).toMatchObject({
      fits: undefined,
      reason: 'this platform does not tell',
    });
    expect(limit('ports', {}, unknown)).toMatchObject({
      fits: undefined,
      remedy: expect.not.stringContaining('sysctl'),
    });
  });
});

it('reads addresses and states of the kernel’s table', () => {
  const lines = `  sl  local_address rem_address   st tx_queue
   0: 0200007F:9C40 0100007F:075B 06 00000000:00000000 03:00000B5C 00000000     0        0 0 3
   1: 00000000000000000000000001000000:9C41 00000000000000000000000001000000:075B 01 00000000:00000000`;
  expect(parseTcpTable(lines)).toEqual([
    {
      localAddress: '127.0.0.2',
      localPort: 40_000,
      remoteAddress: '127.0.0.1',
      remotePort: 1883,
      waiting: true,
    },
    {localAddress: '::1', localPort: 40_001, remoteAddress: '::1', remotePort: 1883, waiting: false},
  ]);
});

it.runIf(process.platform === 'linux')('finds a connection of this moment in it', async () => {
  const peers: Socket[] = [];
  const server = createServer(peer => peers.push(peer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  const socket = connect({port, host: '127.0.0.1', localAddress: '127.0.0.2'});
  await once(socket, 'connect');
  const {localPort} = socket;
  const found = (await readTcpTable())?.find(
    entry => entry.localPort === localPort && entry.remotePort === port,
  );
  expect(found).toMatchObject({localAddress: '127.0.0.2', remoteAddress: '127.0.0.1', waiting: false});
  for (const each of [socket, ...peers]) each.destroy();
  server.close();
});

describe('before a run', () => {
  const planned = {connections: 10, agents: 1, sources: [], brokers: [{host: 'localhost', port: 1883}]};

  it('lets through what fits', async () => {
    const result = await preflight(planned);
    refuseTooMany(result);
    expect(result.tightest?.fits).toBeGreaterThan(10);
  });

  it('refuses what the kernel would refuse later, and says what to type', async () => {
    const many = await preflight({...planned, connections: 5_000_000});
    expect(() => refuseTooMany(many)).toThrow(
      expect.objectContaining({code: 'IOT_MACHINE_LIMIT', message: expect.stringContaining('--agents')}),
    );
  });

  it.each([
    ['::1', '127.0.0.1', 'one is IPv4, the other IPv6'],
    ['127.0.0.2', '192.0.2.1', 'it is a loopback address'],
  ])('refuses to go from %s to %s', async (source, host, why) => {
    await expect(
      preflight({...planned, sources: [source], brokers: [{host, port: 1883}]}),
    ).rejects.toMatchObject({
      code: 'IOT_SOURCE_ADDRESS',
      message: expect.stringContaining(why),
    });
  });

  it('names a host that has no address', async () => {
    const brokers = [{host: 'broker.invalid', port: 1883}];
    await expect(preflight({...planned, brokers})).rejects.toMatchObject({code: 'IOT_BROKER_UNREACHABLE'});
  });
});
