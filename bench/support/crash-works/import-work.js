/** `iotctl device import`: no device half made, none twice, each with the one secret that its file says. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {BIN} from '../platform.js';
import {secretProblem} from './secret-problem.js';

export function importWork({rows = 3000} = {}) {
  let imported = 0;
  return {
    name: 'import',
    begin({round, folder, platform}) {
      const ids = Array.from({length: rows}, (_, row) => `i${round}-${row}`);
      writeFileSync(
        join(folder, `${round}.csv`),
        `id,label.round\n${ids.map(id => `${id},${round}\n`).join('')}`,
      );
      const child = spawn(process.execPath, [BIN, ...argvOf(folder, round)], {
        env: platform.environment,
        stdio: 'ignore',
      });
      return {child, ended: once(child, 'exit')};
    },
    async finish({round, folder, platform}) {
      const child = spawn(process.execPath, [BIN, ...argvOf(folder, round)], {
        env: platform.environment,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let said = '';
      child.stderr.on('data', chunk => {
        said += chunk;
      });
      const [code] = await once(child, 'exit');
      if (code !== 0) throw new Error(`the import of round ${round} did not complete: ${said}`);
      imported += rows;
    },
    async check({round, folder}, database) {
      const secrets = linesOf(join(folder, `secrets-${round}.csv`)).map(line => line.split(','));
      const secretOf = new Map(secrets.map(([id, , secret]) => [id, secret]));
      const made = database.prepare(DEVICES).all(String(round));
      const lines = linesOf(join(folder, `results-${round}.csv`)).map(line => line.split(',')[0]);
      return [
        made.length !== rows && `${made.length} devices, not ${rows}`,
        secrets.length !== rows && `${secrets.length} secrets, not ${rows}`,
        secretOf.size !== secrets.length && 'a device has two secrets in the file',
        new Set(lines).size !== rows && `${new Set(lines).size} rows have a result, not ${rows}`,
        existsSync(join(folder, `secrets-${round}.csv.pending`)) && 'secrets are pending still',
        ...made.map(device => problemOf(device, secretOf.get(device.id))),
      ].filter(Boolean);
    },
    count: () => imported,
  };
}

const argvOf = (folder, round) => [
  ...['device', 'import', join(folder, `${round}.csv`)],
  ...['--credentials-file', join(folder, `secrets-${round}.csv`)],
  ...['--results', join(folder, `results-${round}.csv`), '--resume', join(folder, `journal-${round}`)],
];

const linesOf = file => readFileSync(file, 'utf8').split('\r\n').slice(1, -1);

const DEVICES = `SELECT d.id, count(c.id) AS credentials, max(c.proof) AS proof
  FROM device_labels AS l
  JOIN devices AS d ON d.tenant = l.tenant AND d.id = l.device
  LEFT JOIN credentials AS c ON c.tenant = d.tenant AND c.device = d.id
  WHERE l.key = 'round' AND l.value = ? GROUP BY d.id`;

const problemOf = (device, secret) =>
  device.credentials === 1
    ? secretProblem(device.id, device, secret)
    : `${device.id} has ${device.credentials} credentials`;
