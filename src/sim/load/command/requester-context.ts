import type {ClientContext} from '../load-client.js';
import type {Stamper} from '../stamp.js';
import type {CommandContext} from './command-sender.js';
import type {CommandTopics} from './command-topics.js';

/** What requesters and devices share. */
export interface RequesterContext extends ClientContext, CommandContext {
  readonly topics: CommandTopics;
  readonly stamper: Stamper;
}
