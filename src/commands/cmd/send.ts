import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {COMMAND_DETAILS} from '../../cli/command-columns.js';
import {durationFlag} from '../../cli/time-flags.js';
import {type Command, isFinal} from '../../domain/command.js';
import {IotctlError} from '../../domain/errors.js';

export default class CmdSend extends IotctlCommand {
  static override summary = 'Send a command to a device, and wait for its answer if asked to.';

  static override description =
    'Without --wait it ends with 0 as soon as the platform has taken the command. With --wait it ends with 0 only when the command succeeded, with 5 when it failed, was rejected, or the device is not connected, and with 8 when there was no answer in time.';

  static override examples = [
    '<%= config.bin %> cmd send lamp-1 reboot',
    `<%= config.bin %> cmd send lamp-1 set --data '{"target":21.5}' --wait 5s`,
  ];

  static override args = {
    device: Args.string({required: true, description: 'the id of the device'}),
    name: Args.string({required: true, description: 'the name of the command'}),
  };

  static override flags = {
    data: Flags.string({
      char: 'd',
      // `IOTCTL_DATA` is the folder of `up`.
      env: '',
      description: 'the arguments of the command, as JSON [default: none]',
    }),
    ttl: durationFlag({
      default: 60_000,
      defaultHelp: async () => '60s',
      description: 'how long the device may take, the time that it is not connected included',
    }),
    force: Flags.boolean({description: 'send it to a device in maintenance, too'}),
    wait: durationFlag({char: 'w', description: 'how long to wait for the answer [default: not at all]'}),
  };

  async run(): Promise<Command> {
    const {args, flags} = await this.parse(CmdSend);
    const data = flags.data === undefined ? undefined : parseData(flags.data);
    const api = await this.api();
    const command = await api.sendCommand(args.device, {
      name: args.name,
      ttlMs: flags.ttl,
      ...(data === undefined ? {} : {data}),
      ...(flags.force ? {force: true} : {}),
      ...(flags.wait === undefined ? {} : {waitMs: flags.wait}),
    });
    await this.printOne(command, COMMAND_DETAILS);
    const failure = failureOf(command, flags.wait);
    if (failure !== undefined) throw failure;
    return command;
  }
}

function parseData(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new IotctlError('IOT_USAGE', `--data is not JSON: ${(error as Error).message}`, {cause: error});
  }
}

/** What the state of a command means for whoever sent it; undefined where all is well. */
function failureOf(command: Command, waitMs: number | undefined): IotctlError | undefined {
  const {id, device, state} = command;
  const what = `command ${command.name} (${id})`;
  switch (state) {
    case 'succeeded':
      return undefined;
    case 'failed':
    case 'rejected':
      return new IotctlError('IOT_COMMAND_FAILED', `${what} was ${state} by ${device}`);
    case 'expired':
      return new IotctlError('IOT_COMMAND_EXPIRED', `${what} expired before ${device} took it`);
    case 'timed_out':
      return new IotctlError('IOT_TIMED_OUT', `${what} was taken by ${device}, and no answer came in time`);
    case 'cancelled':
      return new IotctlError('IOT_CONFLICT', `${what} was cancelled`);
    default:
      return waitMs === undefined || isFinal(state) ? undefined : unanswered(command, what, waitMs);
  }
}

function unanswered(command: Command, what: string, waitMs: number): IotctlError {
  if (command.state === 'queued' || command.state === 'requested') {
    return new IotctlError(
      'IOT_DEVICE_OFFLINE',
      `${what} is still queued: ${command.device} is not connected`,
    );
  }
  return new IotctlError(
    'IOT_TIMED_OUT',
    `${what} is ${command.state} after ${waitMs} ms, without an answer`,
  );
}
