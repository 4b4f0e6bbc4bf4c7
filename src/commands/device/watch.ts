import {STORY_TYPES} from '../../cli/device-story.js';
import {StoryCommand, storyArgs, storyFlags} from '../../cli/story-command.js';

export default class DeviceWatch extends StoryCommand {
  static override summary =
    'Follow what happens to a device: states, connections, commands; not what it measures.';

  static override examples = ['<%= config.bin %> device watch lamp-1'];

  static override args = storyArgs;

  static override flags = storyFlags;

  async run(): Promise<number> {
    const {args, flags} = await this.parse(DeviceWatch);
    return await this.tellStory(args.id, STORY_TYPES, flags);
  }
}
