/** Which events a consumer gets, beyond their types and one device. */
import {selects} from '../domain/access.js';
import type {ConsumerFilter} from '../domain/consumer.js';
import type {StoredEvent} from '../domain/event.js';
import {parseSelector} from '../domain/selector.js';
import type {Choose} from '../tail/tail-filter.js';
import {tailFilter} from '../tail/tail-filter.js';
import {KnownTraits} from './device-traits.js';
import type {ConsumerPorts} from './ports.js';

/**
 * What is said of consumers goes only to those that ask for it by its type: two that fail would tell each other for ever.
 * Throws `IOT_USAGE` and `IOT_EXPRESSION_INVALID`.
 */
export function chosenEvents(
  {type, selector, model, where, exclude}: ConsumerFilter,
  ports: Pick<ConsumerPorts, 'deviceTraits'>,
  tenant: string,
): Choose {
  const traits = new KnownTraits(ports, tenant);
  const terms = selector === undefined ? undefined : parseSelector(selector);
  const choose = tailFilter({where, exclude}, traits);
  const usesDevice = terms !== undefined || model !== undefined;
  const isChosen = ({device}: StoredEvent): boolean => {
    const known = traits.traitsOf(device);
    if (known === undefined) return false;
    return (terms === undefined || selects(terms, known)) && (model === undefined || known.model === model);
  };
  return async events => {
    const open = type === undefined ? events.filter(event => !event.type.startsWith('consumer.')) : events;
    if (usesDevice) await traits.learn(open.map(({device}) => device));
    const own = usesDevice ? open.filter(isChosen) : open;
    return choose === undefined ? own : await choose(own);
  };
}
