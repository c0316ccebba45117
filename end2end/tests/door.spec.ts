// The door without a connection: the phone opens its page, checks tickets by its list, and sends its scans afterwards.
import { type Page, expect, test } from '@playwright/test';
import { runInNewContext } from 'node:vm';
import { ACCESS, another, listed, mapLives, openList, signIn, signUp } from './fan.ts';

/** What `public/static/qr.js` exports. */
interface Decoder {
  load(): Promise<(picture: CanvasImageSource, width: number, height: number) => string | null>;
}

/** Sells a seat of the show to a new guest at the counter, and returns the code of the ticket. */
async function sell(counter: Page, guest: Page, seat: string): Promise<string> {
  const email = `guest-${Date.now()}@example.net`;
  await signUp(guest, '/', 'Nari Seo', email);
  await signIn(counter, 'box@example.org');
  await counter.goto(`/staff/schedules/${ACCESS}/house`);
  await mapLives(counter);
  await openList(counter);
  await listed(counter, `${seat}, 154,000 points, available`).check();
  await counter.getByLabel('email address (optional)').fill(email);
  await counter.getByRole('button', { name: 'Sell these seats' }).click();
  await expect(counter.getByRole('heading', { name: 'Nari Seo' })).toBeVisible();
  await guest.goto('/tickets');
  await guest.getByRole('link', { name: /^Show ticket for/ }).click();
  return guest.locator('.pass-code').first().innerText();
}

async function check(door: Page, code: string) {
  await door.getByLabel('Ticket code').fill(code);
  await door.getByRole('button', { name: 'Check' }).click();
}

test('a door without a connection checks tickets, opens its page, and sends its scans later', async ({ browser, page }) => {
  const code = await sell(page, await another(browser, {}), 'Row D, seat 9');
  const door = await another(browser, {});
  await signIn(door, 'door@example.org');
  await door.goto(`/staff/door/${ACCESS}`);
  const line = door.locator('[data-state]');
  await expect(line).toContainText('Online');
  await expect(line).toContainText('Ticket list from');
  // The phone has its copy of the page.
  await expect(door.locator('[data-kept]')).toBeAttached();

  await door.context().setOffline(true);
  await expect(line).toContainText('Offline since');
  // The phone does not wait for the server: it asks for nothing before it has decided.
  const asked: string[] = [];
  door.on('request', (request) => asked.push(request.url()));
  await check(door, code.toLowerCase());
  await expect(door.getByText(/Too early/)).toBeVisible();
  await door.getByRole('button', { name: 'Let in anyway' }).click();
  await expect(door.getByText('Valid', { exact: true })).toBeVisible();
  await expect(door.getByText('Checked without a connection')).toBeVisible();
  // It does not look like a verdict of the server.
  await expect(door.locator('.verdict-offline')).toBeVisible();
  await expect(door.locator('.verdict-good')).toHaveCount(0);
  await expect(door.getByText(/Row D, seat 9/i)).toBeVisible();
  await expect(line).toContainText('Offline since');
  await expect(line).toContainText('Not sent yet: 1');
  await check(door, code);
  await expect(door.getByText(/Already used at/)).toBeVisible();
  await check(door, 'no such code');
  await expect(door.getByText('Ticket not recognised')).toBeVisible();
  // Only the server can tell whether these are signed: a code of now, and one of an earlier version, which was shorter.
  for (const unlisted of ['K7QM-2XWD-K7QM-2XWD', '1A-K7QM2XWD']) {
    await check(door, unlisted);
    await expect(door.getByText(/Not on this phone's list of .* ask the box office/)).toBeVisible();
    await check(door, 'no such code');
    await expect(door.getByText('Ticket not recognised')).toBeVisible();
  }
  expect(asked.filter((url) => url.includes('part=verdict'))).toEqual([]);

  await door.reload();
  await expect(door.locator('[data-live=door]')).toBeVisible();
  await expect(line).toContainText('Not sent yet: 1');
  await check(door, code);
  await expect(door.getByText(/Already used at/)).toBeVisible();

  await door.context().setOffline(false);
  await expect(line).toContainText('Online');
  await expect(line).not.toContainText('Not sent yet');
  // The server now knows that the ticket is used, so it says so to another phone and to this one.
  const other = await another(browser, {});
  await signIn(other, 'door@example.org');
  await other.goto(`/staff/door/${ACCESS}`);
  for (const phone of [other, door]) {
    await check(phone, code);
    await expect(phone.getByText(/Already used at/)).toBeVisible();
  }
  await expect(door.locator('[data-problems]')).toBeHidden();

  // Without a connection nobody can sign out, and the phone keeps what it has.
  const copy = `/staff/door/${ACCESS}`;
  const isKept = () => door.evaluate(async (path) => (
    await caches.match(path, { cacheName: 'encore-door', ignoreVary: true }) !== undefined
  ), copy);
  await door.context().setOffline(true);
  const failed = door.waitForEvent('requestfailed', (request) => request.url().endsWith('/api/sign-out'));
  await door.getByRole('button', { name: 'Sign out' }).click();
  await failed;
  await door.context().setOffline(false);
  await door.goto('/staff/door');
  expect(await isKept()).toBe(true);

  // Signing out deletes the copy of the page, and another tab with the door forgets its list too.
  await door.goto(`/staff/door/${ACCESS}`);
  await expect(line).toContainText('Ticket list from');
  const tab = await door.context().newPage();
  await tab.goto(`/staff/door/${ACCESS}`);
  await expect(tab.locator('[data-state]')).toContainText('Ticket list from');
  await door.getByRole('button', { name: 'Sign out' }).click();
  await door.waitForURL((url) => !url.pathname.startsWith('/staff'));
  await expect.poll(isKept).toBe(false);
  await tab.evaluate(() => dispatchEvent(new Event('online')));
  await expect(tab.locator('[data-state]')).toContainText('Signed out');
  await expect(tab.locator('[data-state]')).toContainText('No ticket list');
});

test('an answer that is not of the server counts as none, and a phone without a database says so', async ({ browser }) => {
  const door = await another(browser, { serviceWorkers: 'block' });
  await door.addInitScript(() => Object.defineProperty(window, 'indexedDB', { value: undefined }));
  await signIn(door, 'door@example.org');
  await door.goto(`/staff/door/${ACCESS}`);
  await expect(door.getByText("This phone can't keep the checks.", { exact: false })).toBeVisible();
  await expect(door.locator('[data-state]')).toContainText('Ticket list from');
  // A network to which people must sign in answers everything with its own page.
  const portal = { contentType: 'text/html', body: '<p class="verdict-good">Welcome to the free network</p>' };
  await door.route('**/staff/door/**', (route) => route.fulfill(portal));
  await check(door, 'no such code');
  await expect(door.getByText('Ticket not recognised')).toBeVisible();
  await expect(door.getByText('Checked without a connection')).toBeVisible();
  await expect(door.getByText('Welcome to the free network')).toHaveCount(0);
});

test('the worker of the door opens the copy of the page if the server fails', async ({ page }) => {
  const worker = await (await page.request.get('/staff/door/worker.js')).text();
  /** What the worker answers to the request of a page, if the server answers `status`, or nothing, and there is a copy. */
  const answer = async (status: number | null, copy: string | undefined) => {
    const handlers: Record<string, (event: object) => void> = {};
    const origin = 'https://encore.test';
    const self = { location: { origin }, addEventListener: (name: string, handler: () => void) => { handlers[name] = handler; } };
    const fetch = async () => {
      if (status === null) throw new TypeError('no connection');
      return new Response(`the server: ${status}`, { status });
    };
    const caches = { match: async () => copy && new Response(copy) };
    runInNewContext(worker, { self, fetch, caches, URL, setTimeout: () => 0 });
    const request = { method: 'GET', mode: 'navigate', url: `${origin}/staff/door/1` };
    let given: Promise<Response> | undefined;
    handlers.fetch({ request, respondWith: (response: Promise<Response>) => { given = response; } });
    return (await given!).text();
  };
  expect(await answer(200, 'the copy')).toBe('the server: 200');
  expect(await answer(404, 'the copy')).toBe('the server: 404');
  expect(await answer(503, 'the copy')).toBe('the copy');
  expect(await answer(null, 'the copy')).toBe('the copy');
  expect(await answer(503, undefined)).toBe('the server: 503');
});

test('the camera checks each code with a detector that does not say its formats', async ({ browser, page }) => {
  const code = await sell(page, await another(browser, {}), 'Row D, seat 23');
  const door = await another(browser, {});
  await door.addInitScript(() => {
    const shown = { rawValue: '' };
    const BarcodeDetector = class {
      async detect() {
        return shown.rawValue ? [shown] : [];
      }
    };
    const getUserMedia = async () => {
      const canvas = document.createElement('canvas');
      const context = canvas.getContext('2d')!;
      setInterval(() => context.fillRect(0, 0, 9, 9), 100);
      return canvas.captureStream(10);
    };
    Object.assign(window, { BarcodeDetector, shown });
    Object.defineProperty(navigator, 'mediaDevices', { value: { getUserMedia } });
  });
  await signIn(door, 'door@example.org');
  await door.goto(`/staff/door/${ACCESS}`);
  await door.getByRole('button', { name: 'Use the camera' }).click();
  const show = (text: string) => door.evaluate((value) => {
    (window as unknown as { shown: { rawValue: string } }).shown.rawValue = value;
  }, text);
  await show(code);
  await expect(door.getByText(/Too early/)).toBeVisible();
  await show('made up');
  await expect(door.getByText('Ticket not recognised')).toBeVisible();
  await expect(door.getByText(/Too early/)).toHaveCount(0);
});

test('the decoder for browsers without one reads the code of a ticket', async ({ browser, page }) => {
  const guest = await another(browser, {});
  const code = await sell(page, guest, 'Row D, seat 22');
  const picture = await guest.locator('.pass-qr').first().innerHTML();
  const read = await guest.evaluate(async (svg) => {
    const image = new Image();
    const sized = svg.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600" ');
    image.src = `data:image/svg+xml,${encodeURIComponent(sized)}`;
    await image.decode();
    const address = '/static/qr.js';
    const { load } = await import(address) as Decoder;
    return (await load())(image, 600, 600);
  }, picture);
  expect(read).toMatch(/^ENCORE1\.[0-9A-Z]{132}$/);
  expect(read).toContain(code.replaceAll('-', ''));
});
