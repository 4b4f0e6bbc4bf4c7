import * as Args from '@oclif/core/args';

export const consumerArg = Args.string({required: true, description: 'the name of the consumer'});
