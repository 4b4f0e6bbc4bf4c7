import {StoryCommand, storyArgs, storyFlags} from '../../../cli/story-command.js';

export default class DeviceTwinWatch extends StoryCommand {
  static override summary =
    'Follow a device’s twin: what is desired, what it reports and acknowledges, as it happens.';

  static override examples = ['<%= config.bin %> device twin watch lamp-1'];

  static override args = storyArgs;

  static override flags = storyFlags;

  async run(): Promise<number> {
    const {args, flags} = await this.parse(DeviceTwinWatch);
    return await this.tellStory(args.id, 'twin.*', flags);
  }
}
