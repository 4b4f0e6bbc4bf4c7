import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {readFile, stat, utimes, writeFile} from 'node:fs/promises';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {appendChange, type ChangeLine, changeLogFile, changeRecorder} from '../../src/client/change-log.js';
import {iotctl} from '../support/built-bin.js';
import {within} from '../support/deadline.js';
import {temporaryFolder} from '../support/temporary-folder.js';

const before = process.env.XDG_STATE_HOME;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
  process.env.XDG_STATE_HOME = join(folder.path, 'state');
});

afterEach(async () => {
  if (before === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = before;
  await folder[Symbol.asyncDispose]();
});

const origin = {context: 'lab', url: 'http://lab:8080', user: null, command: ['device', 'delete', 'lamp-1']};
const line = (path: string): ChangeLine => ({
  time: '2026-01-31T12:00:00.000Z',
  ...origin,
  method: 'DELETE',
  path,
  outcome: 'done',
  status: 204,
  code: null,
  traceId: null,
});

const lines = (file = changeLogFile()): ChangeLine[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map(text => JSON.parse(text) as ChangeLine);

describe('the log of changes', () => {
  it('is for its owner alone, file and folder', async () => {
    appendChange(line('/a'));
    expect((await stat(changeLogFile())).mode & 0o777).toBe(0o600);
    expect((await stat(join(changeLogFile(), '..'))).mode & 0o777).toBe(0o700);
  });

  it('has one line for each change, in their order', () => {
    for (const path of ['/a', '/b\n', '/ü']) appendChange(line(path));
    expect(lines().map(({path}) => path)).toEqual(['/a', '/b\n', '/ü']);
    expect(lines()[0]).toEqual(line('/a'));
  });

  it('is put aside when it is full, and nothing is lost but what was put aside before', async () => {
    const bytesMax = 2 * JSON.stringify(line('/1')).length;
    for (const path of ['/1', '/2', '/3', '/4', '/5']) appendChange(line(path), bytesMax);
    expect(lines().map(({path}) => path)).toEqual(['/5']);
    expect(lines(`${changeLogFile()}.1`).map(({path}) => path)).toEqual(['/3', '/4']);
  });

  it('goes on while another command puts it aside, and after one that died doing so', async () => {
    appendChange(line('/1'));
    const lock = `${changeLogFile()}.lock`;
    await writeFile(lock, '');
    appendChange(line('/2'), 1);
    expect(lines().map(({path}) => path)).toEqual(['/1', '/2']);
    await utimes(lock, 0, 0);
    appendChange(line('/3'), 1);
    expect(lines().map(({path}) => path)).toEqual(['/3']);
  });

  it('is not needed for a change, and is missed only once', async () => {
    await writeFile(join(folder.path, 'state'), 'a file where the folder should be');
    const problems: Error[] = [];
    const begin = changeRecorder(origin, problem => problems.push(problem));
    for (const path of ['/a', '/b'])
      begin('POST', path)({outcome: 'done', status: 200, code: null, traceId: null});
    expect(problems).toHaveLength(1);
  });

  it('says what became of it, with the time', async () => {
    const begin = changeRecorder(origin, () => undefined);
    const end = begin('POST', '/v1/devices');
    await expect(readFile(changeLogFile())).rejects.toThrow('ENOENT');
    end({outcome: 'refused', status: 409, code: 'IOT_DEVICE_EXISTS', traceId: 't1'});
    const [written] = lines();
    expect(written).toMatchObject({
      ...origin,
      outcome: 'refused',
      status: 409,
      code: 'IOT_DEVICE_EXISTS',
      traceId: 't1',
    });
    expect(Math.abs(Date.parse(written!.time) - Date.now())).toBeLessThan(60_000);
  });

  it('knows of a change whose answer nobody waited for', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const {port} = server.address() as AddressInfo;
    const asked = once(server, 'connection');
    const command = iotctl(['device', 'retire', 'lamp-1'], {
      env: {IOTCTL_URL: `http://127.0.0.1:${port}`, IOTCTL_TOKEN: 'a-token', XDG_CONFIG_HOME: folder.path},
    });
    const [socket] = (await within(asked, 'the request')) as [Socket];
    await within(once(socket, 'data'), 'its first bytes');
    command.kill('SIGINT');
    expect(await within(Promise.resolve(command), 'the end')).toMatchObject({exitCode: 130});
    expect(lines()).toMatchObject([
      {command: ['device', 'retire', 'lamp-1'], method: 'POST', outcome: 'unknown', status: null, code: null},
    ]);
    socket.destroy();
    await new Promise(resolve => server.close(resolve));
  });
});
