// The forms of verbs, sent by islands: slow connections, lost answers, double clicks, and refusals shown beside the
// form.
import { type CDPSession, type Page, expect, test } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { ARENA, CLUB, THEATRE, another, hold, join, listed, mapLives, openList, signUp } from './fan.ts';

/** Delays every request of the page by `latency` milliseconds. */
async function slowDown(page: Page, latency: number): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', { offline: false, latency, downloadThroughput: -1, uploadThroughput: -1 });
  return session;
}

/** Collects the bodies of the POST requests to `path` from now on, and fails if one is not sent by an island. */
function postsOf(page: Page, path: string): string[] {
  const posts: string[] = [];
  page.on('request', (request) => {
    if (request.method() !== 'POST' || !request.url().endsWith(path)) return;
    expect(request.headers()['next-page'], `${path} is sent by an island`).toBe('1');
    posts.push(request.postData() ?? '');
  });
  return posts;
}

const held = (page: Page) => page.waitForURL(/checkout$/);
/** The check box of a seat in the theatre's front row, by its number. */
const inFront = (page: Page, seat: number) => listed(page, `Row A, seat ${seat}, 154,000`);

for (const [latency, seat] of [[0, 3], [150, 6], [2_000, 9]]) {
  test(`a double click holds once, and the own seats are not said to be taken, at ${latency} ms`, async ({ page }) => {
    await signUp(page);
    await join(page, THEATRE);
    await mapLives(page);
    await openList(page);
    const said: string[] = [];
    await page.exposeFunction('noteSaid', (text: string) => said.push(text));
    await page.locator('.bar-message').evaluate((message) => {
      const note = () => message.textContent && (window as unknown as { noteSaid(text: string): void }).noteSaid(message.textContent);
      new MutationObserver(note).observe(message, { childList: true, characterData: true, subtree: true });
    });
    await inFront(page, seat!).check();
    await inFront(page, seat! + 1).check();
    const posts = postsOf(page, '/api/hold');
    await slowDown(page, latency!);
    await hold(page).dblclick();
    if (latency! > 1_000) await expect(hold(page)).toHaveCSS('pointer-events', 'none');
    await held(page);
    expect([said, posts.length]).toEqual([[], 1]);
    await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toHaveCount(0);
    await expect(page.getByText(`Stalls, row A, seat ${seat}`, { exact: true })).toBeVisible();
    await expect(page.getByText(`Stalls, row A, seat ${seat! + 1}`, { exact: true })).toBeVisible();
  });
}

test('a refused hold marks the taken seat, offers the nearest, and moves nothing', async ({ page, browser, baseURL }) => {
  const rival = await another(browser, { baseURL });
  for (const fan of [page, rival]) {
    await signUp(fan);
    await join(fan, THEATRE);
  }
  // The page receives no events, so it does not notice what others do.
  await page.route('**/events/**', (route) => route.abort());
  await page.goto(`/schedules/${THEATRE}/seats`);
  await mapLives(page);
  await openList(page);
  const [wanted, other] = [inFront(page, 20), inFront(page, 25)];
  const id = await wanted.inputValue();
  const taken = await rival.request.post('/api/hold', { form: { schedule_id: String(THEATRE), 'seat_ids[0]': id } });
  expect(taken.status()).toBe(200);

  await page.getByRole('button', { name: 'Zoom in' }).click();
  await wanted.check();
  await other.check();
  await hold(page).focus();
  const place = () => page.evaluate(() => {
    const view = document.querySelector('.map-view')!;
    return [scrollX, scrollY, view.scrollLeft, view.scrollTop, document.querySelector('#map')!.getBoundingClientRect().width];
  });
  const before = await place();
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  let [bytes, navigations] = [0, 0];
  const asked = new Set<string>();
  session.on('Network.requestWillBeSent', ({ requestId, request }) => request.url.includes('/api/') && asked.add(requestId));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => { if (asked.has(requestId)) bytes += encodedDataLength; });
  page.on('framenavigated', () => { navigations += 1; });
  const looked = page.waitForResponse(/seats\/state/);
  await page.keyboard.press('Enter');
  const message = page.locator('.bar-message');
  await expect(message).toHaveText('1 of these seats has just gone. Nothing was held; please choose again. Gone: Stalls, Row A, seat 20.');
  await (await looked).finished();
  expect([await place(), navigations]).toEqual([before, 0]);
  expect(asked.size).toBe(2);
  expect(bytes).toBeLessThan(2_000);
  await expect(hold(page)).toBeFocused();
  await expect(listed(page, 'Row A, seat 20, 154,000 points, on hold')).toBeDisabled();
  await expect(other).toBeChecked();
  await expect(page.locator('output')).toHaveText('1 seat · 154,000 points');

  const nearest = page.locator('.nearest button');
  await expect(nearest.first()).toHaveText(/^Stalls, Row A, seat (19|21)$/);
  await nearest.first().click();
  await expect(nearest.first()).toHaveAttribute('aria-pressed', 'true');
  await expect(page.locator('output')).toHaveText('2 seats · 308,000 points');
  await hold(page).click();
  await held(page);
  await expect(page.getByText('Stalls, row A, seat 25', { exact: true })).toBeVisible();
});

/** Prepares a new fan who holds a seat of the club, has the points for it, and is on the checkout page. */
async function readyToPay(page: Page, seat: string) {
  await signUp(page);
  await join(page, CLUB);
  await mapLives(page);
  await openList(page);
  await listed(page, seat).check();
  await hold(page).click();
  await held(page);
  await page.request.post('/api/charge', { form: { amount: '110000', idempotency_key: randomUUID() } });
  await page.reload();
  await expect(pay(page)).toBeVisible();
}
const pay = (page: Page) => page.locator('form[action="/api/purchase"] button');

test('after a lost answer the form is sent again with the same key, and nothing is paid twice', async ({ page }) => {
  await readyToPay(page, 'Row C, seat 21, ');
  const posts = postsOf(page, '/api/purchase');
  // The server pays, but the answer is lost on the way.
  await page.route('**/api/purchase', async (route) => { await route.fetch(); await route.abort(); }, { times: 1 });
  await pay(page).click();
  await expect(page.getByText('The connection was lost. Trying again…')).toBeVisible();
  await page.waitForURL('/tickets');
  await expect(page.getByRole('heading', { name: "You're going!" })).toBeVisible();
  expect(new Set(posts)).toHaveProperty('size', 1);
  expect(posts.length).toBeGreaterThan(1);
  await page.goto('/points');
  await expect(page.getByText('−110,000')).toHaveCount(1);
});

test('a form that was sent without a connection is sent again when it is back', async ({ page, context }) => {
  await readyToPay(page, 'Row C, seat 22, ');
  await context.setOffline(true);
  await pay(page).click();
  await expect(page.getByText('The connection was lost. Trying again…')).toBeVisible();
  await context.setOffline(false);
  await page.waitForURL('/tickets');
  await page.goto('/points');
  await expect(page.getByText('−110,000')).toHaveCount(1);
});

for (const javaScriptEnabled of [true, false]) {
  test(`checkout in two tabs: the second says that the seats are bought, ${javaScriptEnabled ? 'with' : 'without'} a script`, async ({ page, browser, baseURL }) => {
    await readyToPay(page, javaScriptEnabled ? 'Row C, seat 23, ' : 'Row C, seat 24, ');
    const context = await browser.newContext({ baseURL, javaScriptEnabled, storageState: await page.context().storageState() });
    const second = await context.newPage();
    await second.goto(`/schedules/${CLUB}/checkout`);
    await expect(pay(second)).toBeVisible();
    await pay(page).click();
    await page.waitForURL('/tickets');
    await pay(second).click();
    await expect(second.getByRole('heading', { name: 'You have bought these seats' })).toBeVisible();
    await second.getByRole('link', { name: 'Go to my tickets' }).click();
    await expect(second.getByText('Floor, row C').first()).toBeVisible();
  });
}

test('a refused charge is explained beside its field, and what was typed stays', async ({ page }) => {
  await signUp(page, '/points');
  await page.evaluate(() => { document.body.dataset.same = 'page'; });
  await expect(page.locator('form[data-live=form]')).toBeVisible();
  const amount = page.getByLabel('Points to add');
  await amount.fill('ten');
  await page.locator('form[action="/api/charge"] button').click();
  await expect(page.getByRole('alert')).toHaveText('Please enter a whole number from 1 to 10,000,000.');
  await expect(amount).toBeFocused();
  await expect(amount).toHaveAttribute('aria-invalid', 'true');
  await expect(amount).toHaveValue('ten');
  await expect(page.locator('body[data-same]')).toHaveCount(1);
  await amount.fill('10,000');
  await page.keyboard.press('Enter');
  await expect(page.getByText('10,000 points').first()).toBeVisible();
  await expect(page.locator('body[data-same]')).toHaveCount(0);
});

for (const javaScriptEnabled of [true, false]) {
  test(`a refused sign-up says at once what is wrong with each field, ${javaScriptEnabled ? 'with' : 'without'} a script`, async ({ browser }) => {
    const page = await another(browser, { javaScriptEnabled });
    await page.goto('/sign-up');
    await page.locator('#email').fill('nobody');
    await page.locator('#password').fill('short');
    await page.locator('form[action="/api/sign-up"] button').click();
    for (const [id, text] of [
      ['name', /Please enter a name of 1 to 50 characters\./],
      ['email', /Please enter an email address such as/],
      ['password', /Please choose a password of 8 to 128 characters\./],
    ] as const) {
      await expect(page.locator(`#${id}`)).toHaveAttribute('aria-invalid', 'true');
      await expect(page.locator(`#${id}`)).toHaveAccessibleDescription(text);
      await expect(page.locator('.wrong').filter({ hasText: text })).toBeVisible();
    }
    await expect(page.locator('#email')).toHaveValue('nobody');
    await expect(page.locator('#name')).toBeFocused();
  });
}

test('a double click on the button that holds the best seats holds once', async ({ page }) => {
  await signUp(page);
  await join(page, ARENA);
  await mapLives(page);
  const posts: string[] = [];
  page.on('request', (request) => request.url().endsWith('/api/hold') && posts.push(request.url()));
  await slowDown(page, 500);
  await page.getByRole('button', { name: 'Hold the best seats' }).dblclick();
  await held(page);
  expect(posts.length).toBe(1);
  await expect(page.getByText('already holding', { exact: false })).toHaveCount(0);
});

test('with a script, the server need not find out whether the browser keeps cookies', async ({ page }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await signUp(page, '/points');
  expect(asked).toContain('/api/sign-up');
  expect(asked).not.toContain('/cookies');
});

test('a form on a page without an island is sent once, too', async ({ page }) => {
  await page.goto('/');
  const posts: string[] = [];
  page.on('request', (request) => request.url().endsWith('/language') && posts.push(request.url()));
  await slowDown(page, 500);
  await page.getByRole('button', { name: '한국어' }).dblclick();
  await expect(page.locator('html')).toHaveAttribute('lang', 'ko');
  expect(posts.length).toBe(1);
});

test('a page loads the script only if it has an island', async ({ page }) => {
  const scripts: string[] = [];
  page.on('request', (request) => /\/pkg\/.*\.(js|wasm)$/.test(request.url()) && scripts.push(request.url()));
  await signUp(page);
  await expect(page.locator('link[rel=modulepreload], script[type=module]')).toHaveCount(0);
  expect(scripts).toEqual([]);
  await page.goto('/points');
  await expect(page.locator('link[rel=modulepreload]')).toHaveCount(1);
  await expect.poll(() => new Set(scripts).size).toBe(2);
});

test('a fan whose admission is over is sent to the queue, which says so', async ({ page }) => {
  await signUp(page);
  await join(page, CLUB);
  await mapLives(page);
  await openList(page);
  await page.locator('.seat input:not(:disabled)').first().check();
  await page.request.post('/api/queue/leave', { form: { schedule_id: String(CLUB) } });
  await hold(page).click();
  await page.waitForURL(/queue$/);
  await expect(page.getByRole('alert').first()).toContainText('Only fans whose turn it is');
});
