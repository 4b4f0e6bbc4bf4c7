import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {ERRORS} from '../../src/domain/errors.js';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const documented = new Map(
  [...page.matchAll(/^\| `(IOT_\w+)` \| (\d+) \| (\d+) \| .+ \|$/gm)].map(([, code, exitCode, status]) => [
    code!,
    {exitCode: Number(exitCode), status: Number(status)},
  ]),
);

describe('docs/errors.md', () => {
  it('explains exactly the codes that there are', () => {
    expect([...documented.keys()].sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it.each(Object.entries(ERRORS))('gives the exit code and the status of %s', (code, {exitCode, status}) => {
    expect(documented.get(code)).toEqual({exitCode, status});
  });

  it('lists every exit code that is used', () => {
    const listed = [...page.matchAll(/^\| (\d+) \|/gm)].map(([, exitCode]) => Number(exitCode));
    expect(listed).toEqual(expect.arrayContaining(Object.values(ERRORS).map(({exitCode}) => exitCode)));
  });
});
