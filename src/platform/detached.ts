/** Starts the same command in the background, and returns when it says that it is ready. */
import {execa} from 'execa';
import {IotctlError, isErrorCode} from '../domain/errors.js';
import type {PlatformAddress} from './options.js';

const READY_MS_MAX = 30_000;

/** `argv` is what the user typed after the binary's name. Throws what the started process says. */
export async function startDetached(argv: readonly string[]): Promise<PlatformAddress> {
  const forwarded = argv.filter(argument => argument !== '--detach' && argument !== '-d');
  const child = execa(process.execPath, [process.argv[1]!, ...forwarded], {
    detached: true,
    cleanup: false,
    reject: false,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {IOTCTL_DETACHED: '1', NO_COLOR: '1'},
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      firstLine(child.stdout).then(line => JSON.parse(line) as PlatformAddress),
      child.then(result => Promise.reject(failureOf(result.stderr))),
      new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new IotctlError('IOT_TIMED_OUT', 'the platform is not ready')),
          READY_MS_MAX,
        );
      }),
    ]);
  } finally {
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
  }
}

/** Never settles when the process ends without a line: its failure says why. */
function firstLine(stdout: NodeJS.ReadableStream): Promise<string> {
  return new Promise(resolve => {
    let text = '';
    stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
  });
}

/** The started process printed its error as text, or as JSON when that was asked for. */
function failureOf(stderr: string): Error {
  const {code, message} = errorIn(stderr);
  if (message !== undefined && code !== undefined && isErrorCode(code)) return new IotctlError(code, message);
  return new Error(`the platform did not start: ${stderr.trim() || 'it said nothing'}`);
}

function errorIn(stderr: string): {code?: string | undefined; message?: string | undefined} {
  const [, message, code] = /Error: (.*)\nCode: (IOT_\w+)/s.exec(stderr) ?? [];
  if (message !== undefined) return {code, message};
  try {
    return (JSON.parse(stderr.trim().split('\n').at(-1)!) as {error: {code: string; message: string}}).error;
  } catch {
    return {};
  }
}
