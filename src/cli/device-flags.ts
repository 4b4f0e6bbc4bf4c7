/** What is written about devices, as flags of the commands that make and change them. */
import * as Flags from '@oclif/core/flags';

const many = {multiple: true, multipleNonGreedy: true} as const;

export const labelFlag = Flags.string({
  ...many,
  description: 'a label that devices are chosen by, key=value; may be given several times [default: none]',
});

export const metadataFlag = Flags.string({
  ...many,
  description: 'serial, location, notes and the like, key=value; may be given several times [default: none]',
});

export const componentFlag = Flags.string({
  ...many,
  description: 'a part of the device, name or name=model; may be given several times [default: none]',
});

export const viaFlag = Flags.string({
  ...many,
  description: 'a field gateway that may speak for the device; may be given several times [default: none]',
});
