import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {IotctlCommand} from '../../cli/command.js';
import {DEVICE_DETAILS} from '../../cli/device-columns.js';
import {recentStory} from '../../cli/device-story.js';
import {ifAllowed} from '../../cli/if-allowed.js';
import type {Columns} from '../../cli/output.js';
import {writeOut} from '../../cli/stdout.js';
import {storyLine} from '../../cli/story-line.js';
import {twinText} from '../../cli/twin-columns.js';
import type {CloudEvent} from '../../domain/cloud-event.js';
import type {Device} from '../../domain/device.js';
import type {Twin} from '../../domain/twin.js';

/** With its twin and its story; each is null where the caller may not read it. */
export type ShownDevice = Device & {
  readonly twin: Twin | null;
  readonly recent: readonly CloudEvent[] | null;
};

const DETAILS: Columns<ShownDevice> = {
  ...DEVICE_DETAILS,
  twin: ({twin}) => twin && twinText(twin),
};

export default class DeviceShow extends IotctlCommand {
  static override summary =
    'Show one device: its states with their reasons, its twin’s, and what happened to it lately.';

  static override examples = [
    '<%= config.bin %> device show lamp-1',
    '<%= config.bin %> device show lamp-1 --story 50',
  ];

  static override args = {
    id: Args.string({required: true, description: 'the id of the device'}),
  };

  static override flags = {
    story: Flags.integer({
      min: 0,
      max: 1000,
      default: 10,
      description: 'how many of the last events to show',
    }),
  };

  async run(): Promise<ShownDevice> {
    const {args, flags} = await this.parse(DeviceShow);
    const api = await this.api();
    const device = await api.getDevice(args.id);
    const recent = flags.story === 0 ? [] : await recentStory(api, device.id, flags.story);
    const twin = await ifAllowed(api.twins.get(device.id));
    const shown = await this.printOne({...device, twin, recent}, DETAILS);
    if (this.format === 'table' && !this.quiet && recent !== null && recent.length > 0)
      await writeOut(`\n${recent.map(event => storyLine(event)).join('\n')}\n`);
    return shown;
  }
}
