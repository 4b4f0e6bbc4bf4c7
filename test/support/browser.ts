/** Debian's Chromium at a phone's size. Tests that need it are skipped without it, but not in CI. */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {chromium, type Page} from 'playwright-core';
import {DEADLINE_MS} from './deadline.js';
import {temporaryFolder} from './temporary-folder.js';

const BINARY = '/usr/bin/chromium';

const PHONE = {width: 390, height: 844};

/** Nothing but the page: no first run, no updates, no traffic of its own. */
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** False where Chromium is missing and that is allowed: says so, as a test that is skipped in silence proves nothing. */
export function chromiumInstalled(): boolean {
  if (existsSync(BINARY) || process.env.CI === 'true') return true;
  process.stderr.write(`skipped: ${BINARY} is not installed (apt-get install chromium)\n`);
  return false;
}

export interface Phone extends AsyncDisposable {
  readonly page: Page;
  /** Everything that a page should never do: scripts that fail, breaches of its policy, requests to elsewhere. */
  readonly faults: readonly string[];
  /** Every address that was asked for. */
  readonly requests: readonly string[];
}

/** Opens a browser with a profile of its own; `origin` is the only one that its page may talk to. */
export async function openPhone(origin: string): Promise<Phone> {
  const profile = await temporaryFolder();
  const context = await chromium.launchPersistentContext(join(profile.path, 'profile'), {
    executablePath: BINARY,
    headless: true,
    args: ARGS,
    viewport: PHONE,
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true,
    locale: 'en-GB',
  });
  const page = context.pages()[0] ?? (await context.newPage());
  context.setDefaultTimeout(DEADLINE_MS);
  const faults: string[] = [];
  const requests: string[] = [];
  page.on('pageerror', error => faults.push(`error: ${error.message}`));
  page.on('console', message => {
    // An answer of 400 or more is a line of its own there; what the page made of it is what the test looks at.
    if (message.type() !== 'log' && !message.text().startsWith('Failed to load resource'))
      faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on('request', request => {
    requests.push(request.url());
    if (new URL(request.url()).origin !== origin) faults.push(`request: ${request.url()}`);
  });
  return {
    page,
    faults,
    requests,
    async [Symbol.asyncDispose]() {
      await context.close();
      await profile[Symbol.asyncDispose]();
    },
  };
}
