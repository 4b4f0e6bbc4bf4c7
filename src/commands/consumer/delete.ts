import * as Flags from '@oclif/core/flags';
import {bytesText} from '../../cli/bytes.js';
import {IotctlCommand} from '../../cli/command.js';
import {confirm} from '../../cli/confirm.js';
import {consumerArg} from '../../cli/consumer/consumer-args.js';
import type {Columns} from '../../cli/output.js';
import {PLAN_COLUMNS, type PlannedStep} from '../../cli/plan.js';
import type {ConsumerApi, WrittenFiles} from '../../client/consumer-api.js';
import {IotctlError} from '../../domain/errors.js';

type Removed = PlannedStep & WrittenFiles;

const REMOVED_COLUMNS: Columns<Removed> = {
  id: step => step.id,
  action: step => step.action,
  files: step => step.files,
  size: step => bytesText(step.bytes),
};

export default class ConsumerDelete extends IotctlCommand {
  static override destructive = true;

  static override summary =
    'Send a consumer nothing more, and forget its dead letters; events stay, and so do written files without --files.';

  static override description =
    'Files that it has written on the platform count against the quota of storage for as long as they are there. --files removes them, too, ' +
    'also when the consumer has been deleted before.';

  static override examples = [
    '<%= config.bin %> consumer delete billing --yes',
    '<%= config.bin %> consumer delete lake --files',
  ];

  static override args = {name: consumerArg};

  static override flags = {
    files: Flags.boolean({description: 'remove all files that it has written, too'}),
    yes: Flags.boolean({char: 'y', description: 'do not ask'}),
  };

  async run(): Promise<PlannedStep | Removed> {
    const {args, flags} = await this.parse(ConsumerDelete);
    const {consumers} = await this.api();
    if (!flags.yes) await confirm(await question(consumers, args.name, flags.files));
    if (flags.files) return this.printOne(await removedWithFiles(consumers, args.name), REMOVED_COLUMNS);
    await consumers.remove(args.name);
    return this.printOne({id: args.name, action: 'deleted'}, PLAN_COLUMNS);
  }
}

/** Throws `IOT_CONSUMER_UNKNOWN` where there is nothing to ask about. */
async function question(consumers: ConsumerApi, name: string, withFiles: boolean): Promise<string> {
  if (!withFiles)
    return `Delete consumer ${name} and its ${(await consumers.get(name)).deadLetters} dead letters?`;
  const {files, bytes} = await consumers.files(name);
  const consumer = await unlessUnknown(consumers.get(name));
  const written = `${files} files (${bytesText(bytes)}) that it has written`;
  return consumer
    ? `Delete consumer ${name}, its ${consumer.deadLetters} dead letters and ${written}? This cannot be undone.`
    : `Consumer ${name} is deleted already. Remove ${written}? This cannot be undone.`;
}

/** What is left of one that is deleted already, too. Throws `IOT_CONSUMER_UNKNOWN` for nothing at all. */
async function removedWithFiles(consumers: ConsumerApi, name: string): Promise<Removed> {
  const deleted = await unlessUnknown(consumers.remove(name).then(() => true));
  const removing = consumers.removeFiles(name);
  if (!deleted) return {id: name, action: 'files removed', ...(await removing)};
  // It is gone by now, and so there is nothing where it had written nothing.
  return {id: name, action: 'deleted', ...((await unlessUnknown(removing)) ?? {files: 0, bytes: 0})};
}

async function unlessUnknown<Value>(asked: Promise<Value>): Promise<Value | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof IotctlError && error.code === 'IOT_CONSUMER_UNKNOWN') return undefined;
    throw error;
  }
}
