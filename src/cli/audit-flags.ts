import * as Flags from '@oclif/core/flags';

export const platformLogFlag = Flags.boolean({
  description: 'the log of what belongs to no tenant, instead of that of your own',
});

export const chosenLog = ({platform}: {platform: boolean}): {platform?: true} => (platform ? {platform} : {});
