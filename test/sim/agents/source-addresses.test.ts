/** `--source`: which addresses a text means, and which of them connections can be made from. */
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {checkSources, parseSources} from '../../../src/sim/agents/source-addresses.js';

describe('a list of source addresses', () => {
  it.each([
    ['127.0.0.2', ['127.0.0.2']],
    ['127.0.0.2-4', ['127.0.0.2', '127.0.0.3', '127.0.0.4']],
    ['10.0.0.254-10.0.1.1', ['10.0.0.254', '10.0.0.255', '10.0.1.0', '10.0.1.1']],
    ['192.0.2.7, 192.0.2.7,192.0.2.9', ['192.0.2.7', '192.0.2.9']],
    ['fd00::fffe-fd00::1:0', ['fd00::fffe', 'fd00::ffff', 'fd00::1:0']],
    ['fd00::9-b', ['fd00::9', 'fd00::a', 'fd00::b']],
    ['::1', ['::1']],
    ['0:0:0:0:0:ffff:10.0.0.1', ['::ffff:a00:1']],
  ])('%s', (text, addresses) => expect(parseSources(text)).toEqual(addresses));

  it.each([
    ['', 'nothing between two commas'],
    ['127.0.0.2,,127.0.0.3', 'nothing between two commas'],
    ['127.0.0.9-2', 'ends before it begins'],
    ['127.0.0.2-300', '“300”'],
    ['127.0.0.2-', '“”'],
    ['127.0.0.2-3-4', 'more than one “-”'],
    ['127.0.0', '“127.0.0”'],
    ['localhost', '“localhost”'],
    ['127.0.0.2-::1', 'mixes IPv4 and IPv6'],
    ['fd00::1-xyz', '“xyz”'],
    ['10.0.0.0-10.255.255.255', 'more than 4096 addresses'],
    ['::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'more than 4096 addresses'],
  ])('refuses %j', (text, why) =>
    expect(() => parseSources(text)).toThrow(
      expect.objectContaining({code: 'IOT_USAGE', message: expect.stringContaining(why)}),
    ),
  );

  it('never hangs or fails in another way, whatever is typed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:.,-]{0,40}$/)), text => {
        try {
          expect(parseSources(text).length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({code: 'IOT_USAGE'});
        }
      }),
    );
  });
});

it('says which address this machine does not have', async () => {
  await checkSources(['127.0.0.1']);
  // TEST-NET-1 of RFC 5737 is nobody's address.
  await expect(checkSources(['127.0.0.1', '192.0.2.1'])).rejects.toMatchObject({
    code: 'IOT_SOURCE_ADDRESS',
    message: expect.stringContaining('192.0.2.1'),
  });
});
