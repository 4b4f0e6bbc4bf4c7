/** Looks up names for requests that must not reach into a private network, whatever a name says a moment later. */
import {lookup as dnsLookup} from 'node:dns';
import {isIP, type LookupFunction} from 'node:net';
import {isPublicAddress} from './public-address.js';

/** A literal address is never looked up, and has to be asked about by itself. Throws where it is not public. */
export function requirePublicHost({hostname}: URL): void {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) && !isPublicAddress(literal)) throw notPublic(literal);
}

/** The address that is connected to is the one that was looked at: a name cannot mean another one a moment later. */
export const publicOnly: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, {...options, all: true}, (error, addresses) => {
    if (error) return callback(error, '');
    const foreign = addresses.find(({address}) => !isPublicAddress(address));
    if (foreign) return callback(notPublic(foreign.address), '');
    const [first] = addresses;
    if (options.all === true) return callback(null, addresses);
    return callback(null, first?.address ?? '', first?.family);
  });
};

/** What a request that was refused for its address fails with. */
export class AddressNotPublic extends Error {}

const notPublic = (address: string): Error => new AddressNotPublic(`${address} is not a public address`);
