import {outcomeOf} from '../client/answer.js';
import {readOnlyRefusal} from '../client/changes.js';
import type {Context} from '../client/contexts.js';
import {recorder} from './change-recorder.js';

/**
 * Publishes in the name of a context: refused with `IOT_CONTEXT_READ_ONLY` where it may change nothing, and written
 * down like every other change. Without a context there is nobody to answer for it.
 */
export async function publishingTo<Result>(
  topic: string,
  context: Context | undefined,
  words: readonly string[],
  publish: () => Promise<Result>,
): Promise<Result> {
  if (context === undefined) return publish();
  if (context.readOnly === true) throw readOnlyRefusal(context.name, `what is for ${JSON.stringify(topic)}`);
  const end = recorder({...context, url: context.mqttUrl ?? context.url}, words)('PUBLISH', topic);
  try {
    const result = await publish();
    end({outcome: 'done', status: null, code: null, traceId: null});
    return result;
  } catch (error) {
    end(outcomeOf(error));
    throw error;
  }
}
