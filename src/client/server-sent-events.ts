/** Reads server-sent events (WHATWG HTML, 9.2) as they come: the data of one is one CloudEvent. */
import type {CloudEvent} from '../domain/cloud-event.js';
import {IotctlError, isErrorCode} from '../domain/errors.js';

/**
 * `endless`: an end that was not asked for is a failure. Every failure names where to resume, if anything came.
 * `onPassed` hears up to which offset nothing more comes, of events that are not for this reader.
 */
export async function* readServerSentEvents(
  text: AsyncIterable<string>,
  endless: boolean,
  signal: AbortSignal | undefined,
  onPassed?: (offset: number) => void,
): AsyncGenerator<CloudEvent> {
  const blocks = new Blocks();
  let last: number | undefined;
  try {
    for await (const piece of text) {
      for (const block of blocks.take(piece)) {
        const event = parseBlock(block);
        const passed = event === undefined ? idOf(block) : undefined;
        last = event?.offset ?? passed ?? last;
        if (event !== undefined) yield event;
        else if (passed !== undefined) onPassed?.(passed);
      }
    }
  } catch (error) {
    if (signal?.aborted) return;
    if (!(error instanceof IotctlError) || last === undefined) throw error;
    if (error.code !== 'IOT_PLATFORM_UNREACHABLE') throw error;
    throw lost(error.message, last, error);
  }
  if (endless && !signal?.aborted) throw lost('the platform ended the stream', last);
}

const lost = (message: string, last: number | undefined, cause?: unknown): IotctlError =>
  new IotctlError(
    'IOT_PLATFORM_UNREACHABLE',
    last === undefined ? message : `${message}; the last event had offset ${last}`,
    {cause},
  );

/** Cuts the text into the blocks between its empty lines. */
class Blocks {
  /** What came of a block that is not complete: joined once, however many pieces it comes in. */
  #begun: string[] = [];

  take(piece: string): string[] {
    // The end of a block may be cut through its middle.
    const text = piece.startsWith('\n') ? this.#begun.splice(0).join('') + piece : piece;
    const blocks = text.split('\n\n');
    blocks[0] = this.#begun.splice(0).join('') + blocks[0]!;
    const rest = blocks.pop()!;
    if (rest !== '') this.#begun.push(rest);
    return blocks;
  }
}

function parseBlock(block: string): CloudEvent | undefined {
  let data: string | undefined;
  let failed = false;
  for (const line of block.split('\n')) {
    if (line.startsWith('data: ')) data = line.slice('data: '.length);
    else if (line === 'event: error') failed = true;
  }
  if (data === undefined) return undefined;
  const value = parseData(data);
  if (!failed) return value as CloudEvent;
  const {code = '', detail = ''} = value as {code?: string; detail?: string};
  throw new IotctlError(isErrorCode(code) ? code : 'IOT_INTERNAL', detail);
}

/** A block that is no event may still have an id. */
function idOf(block: string): number | undefined {
  const id = /^id: (\d{1,15})$/m.exec(block)?.[1];
  return id === undefined ? undefined : Number(id);
}

function parseData(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    throw new IotctlError('IOT_INTERNAL', `an event that is not a platform’s: ${data.slice(0, 120)}`);
  }
}
