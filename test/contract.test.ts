/** What scripts rely on: commands, flags, HTTP routes. A change here is a change that users have to be told of. */
import {readFileSync} from 'node:fs';
import {expect, it} from 'vitest';
import {COMMAND_STATES, COMMAND_TRANSITIONS, isFinal} from '../src/domain/command.js';
import {startPlatform} from './support/start-platform.js';

interface Manifest {
  readonly commands: Record<
    string,
    {readonly hidden: boolean; readonly flags: Record<string, {readonly char?: string}>}
  >;
}

it('keeps its commands and their flags', () => {
  const manifest = JSON.parse(
    readFileSync(new URL('../oclif.manifest.json', import.meta.url), 'utf8'),
  ) as Manifest;
  const surface = Object.entries(manifest.commands)
    .filter(([, {hidden}]) => !hidden)
    .map(([id, {flags}]) => {
      const own = Object.entries(flags).map(([name, {char}]) =>
        char === undefined ? name : `${name}/${char}`,
      );
      return `${id.replaceAll(':', ' ')}: ${own.sort().join(' ')}`;
    });
  expect(surface.sort()).toMatchSnapshot();
});

it('keeps its HTTP routes', async () => {
  await using platform = await startPlatform();
  const document = (await (await fetch(`${platform.address.apiUrl}/v1/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, Record<string, unknown>>;
  };
  expect(document.openapi).toBe('3.1.0');
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
  );
  expect(routes.sort()).toMatchSnapshot();
});

it('keeps the life of a command', () => {
  expect(COMMAND_TRANSITIONS).toMatchSnapshot();
  expect(COMMAND_STATES.filter(isFinal)).toEqual([
    'succeeded',
    'failed',
    'rejected',
    'expired',
    'timed_out',
    'cancelled',
  ]);
});
