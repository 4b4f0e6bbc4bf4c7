/** The technician's page in a browser of a phone's size, with a real platform behind it and a real device beside it. */
import {connectAsync} from 'mqtt';
import type {Page} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {ApiClient} from '../../src/client/api-client.js';
import {chromiumInstalled, openPhone, type Phone} from '../support/browser.js';
import {until} from '../support/deadline.js';
import {readModules} from '../support/qr-reader.js';
import {startPlatform} from '../support/start-platform.js';

const PASSWORD = 'a lamp, a ladder, a screw';
const CODE = /^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{3}$/;
const HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(2)>';

let platform: Awaited<ReturnType<typeof startPlatform>>;
let phone: Phone;
let page: Page;

describe.skipIf(!chromiumInstalled())('the page', () => {
  beforeAll(async () => {
    platform = await startPlatform();
    const {api, address} = platform;
    await api.models.apply({model: 'thermostat', version: 1, description: 'Measures a room'});
    await api.models.apply({model: 'thermostat', version: 2, description: HOSTILE});
    await api.users.create({
      name: 'tom',
      kind: 'person',
      password: PASSWORD,
      roles: [{role: 'technician', selector: 'site=oslo'}],
    });
    await api.users.create({name: 'eve', kind: 'person', password: PASSWORD, roles: [{role: 'viewer'}]});
    phone = await openPhone(address.apiUrl);
    page = phone.page;
    await page.goto(`${address.apiUrl}/claim`);
  });
  afterAll(async () => {
    await phone?.[Symbol.asyncDispose]();
    await platform?.[Symbol.asyncDispose]();
  });

  it('says of a wrong password what to do, and tells nobody which part was wrong', async () => {
    await signIn('tom', 'not this one');
    await said('#sign-in', 'Tenant, user name and password do not fit together.');
    expect(await page.inputValue('#password')).toBe('');
  });

  it('says to whoever tried too often how long to wait', async () => {
    const wrong = {tenant: 'default', user: 'dan', password: 'a guess'};
    for (let tries = 0; tries < 5; tries++)
      await expect(platform.api.access.login(wrong)).rejects.toMatchObject({code: 'IOT_UNAUTHENTICATED'});
    await signIn(wrong.user, wrong.password);
    await said('#sign-in', 'Too many tries.');
    expect(await page.innerText('#sign-in .notice')).toMatch(/Wait \d+ seconds, then try again/);
  });

  it('takes a technician to the kinds of devices, whose descriptions are text', async () => {
    await signIn('tom', PASSWORD);
    await page.waitForSelector('#choose:not([hidden])');
    expect(await page.locator('.model').allInnerTexts()).toEqual([
      expect.stringContaining(HOSTILE),
      expect.stringContaining('Another kind'),
    ]);
    expect(await page.locator('main script, main img').count()).toBe(0);
    await page.click('#choose-form [type=submit]');
    await said('#choose', 'Which kind of device is it?');
  });

  it('gives a code whose QR code says the same, and shows the device that used it come online', async () => {
    await choose('thermostat');
    await page.click('summary');
    await page.fill('#device', 'a b');
    await page.click('#choose-form [type=submit]');
    await said('#choose', 'Something here cannot be right.');
    expect(await page.innerText('#choose .notice')).toContain('Name of the device: not a device id.');
    await page.fill('#device', '');
    await page.fill('#serial', 'A4711');
    await page.click('#choose-form [type=submit]');
    const code = await shownCode();
    expect(await page.innerText('#connect-lead')).toBe('thermostat · serial number A4711 · site oslo');
    expect(await page.innerText('#left-text')).toMatch(/^Good for (15:00|14:5\d)$/);
    const uri = new URL(readModules(await shownModules()) ?? '');
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      h: new URL(platform.address.apiUrl).host,
      t: 'default',
      c: code,
    });

    const redeemed = await redeem({code, serial: 'A4711'});
    await page.waitForSelector(`#result-title:text-is("${redeemed.device} has its credential")`);
    const device = await connectAsync(redeemed.mqttUrls.find(url => url.startsWith('mqtt:'))!, {
      username: redeemed.username,
      password: redeemed.secret,
    });
    await page.waitForSelector(`#result-title:text-is("${redeemed.device} is online")`);
    expect(await page.locator('#journey .done').count()).toBe(3);
    expect(await page.innerText('#news')).toBe(`${redeemed.device} is online`);
    await device.endAsync();
    await page.waitForSelector(`#result-title:text-is("${redeemed.device} is offline again")`);
    expect(await platform.api.getDevice(redeemed.device)).toMatchObject({
      model: 'thermostat',
      labels: {site: 'oslo'},
    });
  });

  it('withdraws a code, which no device can use then, and makes another one', async () => {
    await page.click('#again');
    await choose('thermostat');
    await page.click('#choose-form [type=submit]');
    const withdrawn = await shownCode();
    await page.click('#withdraw');
    await page.waitForSelector('#result-title:text-is("The code was withdrawn")');
    await expect(redeem({code: withdrawn})).rejects.toThrow(/4\d\d/);
    await page.click('#again');
    expect(await shownCode()).not.toBe(withdrawn);
    await page.click('#withdraw');
    await page.click('#other');
    await choose('thermostat');
    await page.click('#choose-form [type=submit]');
    await shownCode();
  });

  it.each([
    ['expired', 'The code has expired', 'New code'],
    ['denied', 'The device was not approved', 'New code'],
    ['pending', 'Waiting for approval', 'Connect another device'],
  ])('says what a claim means that is %s', async (state, title, again) => {
    const claim = {state, createdAt: new Date().toISOString(), decidedBy: null};
    const stage = await page.evaluate(
      `import('/claim/stages.js').then(({stageOf}) => stageOf(${JSON.stringify(claim)}, undefined))`,
    );
    expect(stage).toMatchObject({title, again, journey: [{state: 'done'}, {name: 'redeemed'}, {state: ''}]});
  });

  it('is the same after a reload, as phones throw pages away', async () => {
    const code = await shownCode();
    await page.reload();
    expect(await shownCode()).toBe(code);
  });

  it('signs out whoever left it alone for long', async () => {
    await page.evaluate(`{
      const session = JSON.parse(sessionStorage['iotctl.claim']);
      session.usedMs -= ${21 * 60_000};
      sessionStorage['iotctl.claim'] = JSON.stringify(session);
      document.dispatchEvent(new Event('visibilitychange'));
    }`);
    await said('#sign-in', 'You are signed out.');
    expect(await page.isVisible('#who')).toBe(false);
    expect(await page.evaluate('sessionStorage.length')).toBe(0);
    await until(async () => (await sessionsOf('tom')).length === 0, 'the end of the session');
    expect(await page.innerText('#code')).toBe('');
  });

  it('says to whom it gives no codes, and why', async () => {
    await signIn('eve', PASSWORD);
    await page.waitForSelector('#refused-title:text-is("You may not connect devices.")');
    expect(await page.innerText('#refused-todo')).toContain('technician');
    await page.click('#sign-out');
    await page.waitForSelector('#sign-in:not([hidden])');
  });

  it('says that a tenant is suspended, and why', async () => {
    const {api} = platform;
    const {token} = await api.tenants.create({id: 'acme', quotas: {}, admin: 'first'});
    const acme = new ApiClient({url: platform.address.apiUrl, token: token!.secret});
    await acme.users.create({name: 'ann', kind: 'person', password: PASSWORD, roles: [{role: 'technician'}]});
    await api.tenants.suspend('acme', 'unpaid since March');
    await page.fill('#tenant', 'acme');
    await signIn('ann', PASSWORD);
    await page.waitForSelector('#refused-title:text-is("This tenant is suspended.")');
    expect(await page.innerText('#refused-todo')).toContain('unpaid since March');
    await api.tenants.resume('acme');
    await page.click('#refused-again');
    await page.waitForSelector('#choose:not([hidden])');
    await page.click('#sign-out');
    await page.fill('#tenant', 'default');
  });

  it('shows no code to whoever comes after one who signed out', async () => {
    await signIn('tom', PASSWORD);
    await choose('thermostat');
    const late = withResolvers();
    await page.route('**/v1/claims', async route => {
      const answer = await route.fetch();
      await late.promise;
      await route.fulfill({response: answer});
    });
    const asked = page.waitForRequest('**/v1/claims');
    await page.click('#choose-form [type=submit]');
    await asked;
    await page.click('#sign-out');
    const answered = page.waitForResponse('**/v1/claims');
    late.resolve();
    await (await answered).finished();
    await page.waitForFunction("!document.querySelector('#choose-form [type=submit]').disabled");
    expect(await page.isVisible('#sign-in')).toBe(true);
    expect(await page.innerText('#code')).toBe('');
    await page.unroute('**/v1/claims');
  });

  it('says that a session has ended, and that the platform is gone', async () => {
    await signIn('tom', PASSWORD);
    await choose('thermostat');
    const [session] = await sessionsOf('tom');
    await platform.api.deleteToken(session!);
    await page.click('#choose-form [type=submit]');
    await said('#sign-in', 'You are signed out.');
    await platform.kill('SIGKILL');
    await signIn('tom', PASSWORD);
    await said('#sign-in', 'The platform does not answer.');
  });

  it('did nothing all the while that a page should not do', () => {
    expect(phone.faults).toEqual([]);
    expect(phone.requests.length).toBeGreaterThan(20);
    expect(phone.requests.filter(url => url.includes('iotctl_') || url.includes(PASSWORD))).toEqual([]);
  });
});

function withResolvers() {
  let resolve = (): void => {};
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return {promise, resolve};
}

async function signIn(user: string, password: string): Promise<void> {
  await page.fill('#user', user);
  await page.fill('#password', password);
  await page.click('#sign-in-form [type=submit]');
}

async function sessionsOf(user: string): Promise<string[]> {
  const {items} = await platform.api.listTokens();
  return items.filter(token => token.user === user).map(({name}) => name);
}

async function choose(model: string): Promise<void> {
  await page.waitForSelector('#choose:not([hidden])');
  await page.check(`[name=model][value=${model}]`);
}

const said = (screen: string, words: string) =>
  page.waitForSelector(`${screen} .notice:not([hidden]) strong:text-is("${words}")`);

async function shownCode(): Promise<string> {
  await page.waitForSelector('#code-panel:visible');
  const code = await page.innerText('#code');
  expect(code).toMatch(CODE);
  return code;
}

/** The dark modules of the code as they are drawn: each a run in a row. */
async function shownModules(): Promise<boolean[][]> {
  const size = Number((await page.getAttribute('#qr', 'viewBox'))!.split(' ')[2]);
  const rows = Array.from({length: size}, () => new Array<boolean>(size).fill(false));
  const path = (await page.getAttribute('#qr path', 'd'))!;
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)/g))
    rows[Number(y)]!.fill(true, Number(x), Number(x) + Number(width));
  return rows;
}

interface Provisioned {
  readonly device: string;
  readonly username: string;
  readonly secret: string;
  readonly mqttUrls: readonly string[];
}

async function redeem(body: object): Promise<Provisioned> {
  const answer = await fetch(`${platform.address.apiUrl}/v1/provision/claim`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Provisioned;
}
