/** Reads server-sent events (WHATWG HTML, 9.2) as they come: one `data:` line is one CloudEvent. */
import type {CloudEvent} from '../domain/cloud-event.js';
import {IotctlError, isErrorCode} from '../domain/errors.js';

/** `endless`: an end that was not asked for is a failure, and names where to resume. */
export async function* readServerSentEvents(
  text: AsyncIterable<string>,
  endless: boolean,
  signal: AbortSignal | undefined,
): AsyncGenerator<CloudEvent> {
  let last: number | undefined;
  let rest = '';
  try {
    for await (const piece of text) {
      const blocks = (rest + piece).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parseBlock(block);
        if (!event) continue;
        last = event.offset;
        yield event;
      }
    }
  } catch (error) {
    if (signal?.aborted) return;
    if (error instanceof IotctlError) throw error;
    throw lost(last);
  }
  if (endless && !signal?.aborted) throw lost(last);
}

const lost = (last: number | undefined): IotctlError =>
  new IotctlError(
    'IOT_PLATFORM_UNREACHABLE',
    last === undefined
      ? 'the platform ended the stream'
      : `the platform ended the stream after offset ${last}`,
  );

function parseBlock(block: string): CloudEvent | undefined {
  let data: string | undefined;
  let failed = false;
  for (const line of block.split('\n')) {
    if (line.startsWith('data: ')) data = line.slice('data: '.length);
    else if (line === 'event: error') failed = true;
  }
  if (data === undefined) return undefined;
  if (!failed) return JSON.parse(data) as CloudEvent;
  const {code, detail} = JSON.parse(data) as {code: string; detail: string};
  throw new IotctlError(isErrorCode(code) ? code : 'IOT_INTERNAL', detail);
}
