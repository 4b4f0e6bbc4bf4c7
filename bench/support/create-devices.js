import {provision} from '../../build/sim/device/provision.js';

/** Makes so many devices on a platform of its own; gives back their logins. */
export function createDevices(api, {count, prefix, model = 'thermostat'}) {
  const wanted = Array.from({length: count}, (_, index) => ({id: `${prefix}${index + 1}`, model}));
  return provision(api, wanted, () => {});
}
