import {IotctlError} from '../../domain/errors.js';
import {openInput} from '../lines-in.js';
import {FORMATS_IN, type InputFormat, type InputRow} from './input-row.js';
import {mosquittoRows, ndjsonRows} from './line-input.js';

/** The rows of a file, or of stdin for `-`, as they are read. Throws `IOT_USAGE` when nothing says what format it has. */
export async function* inputRows(path: string, format: InputFormat | undefined): AsyncGenerator<InputRow> {
  const input = openInput(path);
  switch (format ?? formatOf(path)) {
    case 'csv': {
      const {csvRows} = await import('./csv-input.js');
      yield* csvRows(input);
      return;
    }
    case 'ndjson':
      yield* ndjsonRows(input);
      return;
    case 'mosquitto-passwd':
      yield* mosquittoRows(input);
  }
}

function formatOf(path: string): InputFormat {
  if (/\.csv$/i.test(path)) return 'csv';
  if (/\.(?:ndjson|jsonl)$/i.test(path)) return 'ndjson';
  throw new IotctlError(
    'IOT_USAGE',
    `what format is ${path === '-' ? 'stdin' : path}? Say --format ${FORMATS_IN.join(' or ')}`,
  );
}
