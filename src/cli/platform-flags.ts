import * as Flags from '@oclif/core/flags';

export const platformLogFlag = Flags.boolean({
  description: 'the log of what belongs to no tenant, instead of that of your own',
});

/** What belongs to no tenant, such as who was refused without one, is stored by itself. */
export const platformEventsFlag = Flags.boolean({
  description: 'the events of what belongs to no tenant, instead of those of your own',
});

export const ofPlatform = ({platform}: {platform: boolean}): {platform?: true} =>
  platform ? {platform} : {};
