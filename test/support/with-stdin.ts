import {PassThrough, Readable} from 'node:stream';

/** Gives this process another stdin as long as the scope lasts: a pipe with that text in it, and its end. */
export function withStdin(text: string): Disposable {
  return replaceStdin(Readable.from([Buffer.from(text)]));
}

/** A terminal, at which each of the lines is typed when it is asked for. */
export function withTyped(...lines: string[]): Disposable {
  const terminal = Object.assign(new PassThrough(), {isTTY: true, setRawMode: () => terminal});
  const before = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY');
  Object.defineProperty(process.stderr, 'isTTY', {value: true, configurable: true});
  const stdin = replaceStdin(terminal);
  // A question begins to read: only then is there someone to type.
  terminal.on('resume', () => {
    const line = lines.shift();
    if (line !== undefined) terminal.write(`${line}\r`);
  });
  return {
    [Symbol.dispose]() {
      stdin[Symbol.dispose]();
      if (before) Object.defineProperty(process.stderr, 'isTTY', before);
      else delete (process.stderr as {isTTY?: boolean}).isTTY;
    },
  };
}

function replaceStdin(value: Readable): Disposable {
  const before = Object.getOwnPropertyDescriptor(process, 'stdin')!;
  Object.defineProperty(process, 'stdin', {value, configurable: true});
  return {
    [Symbol.dispose]() {
      Object.defineProperty(process, 'stdin', before);
    },
  };
}
