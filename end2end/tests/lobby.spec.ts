// The lobby before a sale, the lottery, and its verification with the public script.
import { expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LOBBY } from '../servers.ts';
import { NOT_YET_OPEN, another, leaveQueue, ownHouse, signUp } from './fan.ts';

// This file starts its own server, because a lobby opens only once.
let house: Awaited<ReturnType<typeof ownHouse>>;
test.beforeAll(async () => {
  house = await ownHouse(LOBBY, { ENCORE_ACTIVE_FANS: '1' }, ['demo', '--opens-in', '150']);
});
test.afterAll(() => house.close());
test.use({ baseURL: LOBBY });
test.describe.configure({ mode: 'serial' });

test('everyone in the lobby is in the lottery, with a script and without, and anyone can verify it', async ({ browser }) => {
  const options = { baseURL: LOBBY };
  const [mina, joon] = [await another(browser, options), await another(browser, { ...options, javaScriptEnabled: false })];

  await signUp(mina);
  await mina.goto('/concerts/3');
  await mina.getByRole('link', { name: /Enter the waiting room/ }).click();
  await expect(mina.getByText('You have 0 points, and a seat costs')).toBeVisible();
  const field = mina.getByLabel('Your text for the draw');
  // The island replaces the server's suggestion with random bytes from the browser.
  await expect(field).toHaveValue(/^[0-9a-f]{32}$/);
  await field.fill('seven times seven');
  await mina.getByRole('button', { name: 'Enter the waiting room' }).click();
  await expect(mina.getByRole('heading', { name: "You're in the waiting room" })).toBeVisible();
  await expect(mina.locator('.place-count')).toHaveText(/^\d:\d\d$/);
  await mina.getByText('Your receipt for the draw').click();
  await expect(mina.getByText('contribution seven times seven')).toBeVisible();
  const download = mina.waitForEvent('download');
  await mina.getByRole('link', { name: 'Save the receipt' }).click();
  const receipt = await (await download).path();

  await signUp(joon);
  await joon.goto(`/schedules/${NOT_YET_OPEN}/queue`);
  await joon.getByLabel('Your text for the draw').fill('x'.repeat(64));
  await joon.getByRole('button', { name: 'Enter the waiting room' }).click();
  await expect(joon.getByRole('heading', { name: "You're in the waiting room" })).toBeVisible();
  await joon.getByText('Your receipt for the draw').click();
  await expect(joon.getByText(`contribution ${'x'.repeat(64)}`)).toBeVisible();

  const before = await (await mina.request.get(`/api/draw?schedule_id=${NOT_YET_OPEN}`)).json();
  expect([before.commitment, before.secret, before.order]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), null, []]);

  // The lobby closes, and its list is published before anybody can know the order.
  await expect(mina.locator('.place-count')).toHaveText('The draw is under way', { timeout: 150_000 });
  await expect(mina.getByText(/^The sale opens in 0:/)).toBeVisible();
  const closed = await (await mina.request.get(`/api/draw?schedule_id=${NOT_YET_OPEN}`)).json();
  expect([closed.list_hash, closed.secret]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), null]);
  const late = await another(browser, options);
  await signUp(late);
  await late.goto(`/schedules/${NOT_YET_OPEN}/queue`);
  await expect(late.getByRole('heading', { name: 'The waiting room has closed' })).toBeVisible();
  await late.getByRole('button', { name: 'Join the queue' }).click();
  await expect(late.getByText('Your number: 3')).toBeVisible();
  await leaveQueue(late);

  // One of the two fans is admitted; the other is next, and is admitted when the first leaves.
  const places = async () => {
    const statuses = [mina, joon].map(async (page) => (await page.request.get(`/api/queue/status?schedule_id=${NOT_YET_OPEN}`)).json());
    return (await Promise.all(statuses)).map((place) => place.status);
  };
  await expect(async () => expect((await places()).toSorted()).toEqual(['active', 'wait'])).toPass();
  const [first, second] = (await places())[0] === 'active' ? [mina, joon] : [joon, mina];
  await first.waitForURL(/seats$/);
  await expect(second.locator('.place-count')).toHaveText("You're next");

  await second.goto(`/schedules/${NOT_YET_OPEN}/draw`);
  await expect(second.getByText('drawn in place 2')).toBeVisible();
  const draw = await (await second.request.get(`/api/draw?schedule_id=${NOT_YET_OPEN}`)).json();
  expect(draw.commitment).toBe(before.commitment);
  const file = join(mkdtempSync(join(tmpdir(), 'encore-draw-')), 'draw.json');
  const verify = (told: unknown) => {
    writeFileSync(file, JSON.stringify(told));
    const script = resolve(import.meta.dirname, '../../docs/verify-draw.mjs');
    const noted = ['--commitment', before.commitment, '--list', closed.list_hash, '--receipt', receipt];
    return execFileSync('node', [script, file, ...noted], { stdio: 'pipe' });
  };
  expect(String(verify(draw))).toMatch(/was drawn to place [12]\.\nThe lottery of 2 fans is valid\./);
  const own = draw.contributions.find((fan: { contribution: string }) => fan.contribution === 'seven times seven');
  const others = draw.contributions.filter((fan: unknown) => fan !== own);
  for (const [change, problem] of [
    [{ order: draw.order.toReversed() }, /the order is not that of the seed/],
    [{ secret: null }, /has not run yet/],
    [{ secret: '00' }, /not the one that was promised/],
    // Somebody with the secret tries another list, or a delay that is over sooner.
    [{ contributions: [...others, { ...own, contribution: 'eight' }] }, /the list is not the one that was closed/],
    [{ delay: { ...draw.delay, steps: draw.delay.steps - 1 } }, /the result of the delay is wrong/],
    [{ delay: { ...draw.delay, output: `${draw.delay.output.slice(0, -1)}${draw.delay.output.endsWith('0') ? 1 : 0}` } }, /the result of the delay is wrong/],
    [{ contributions: others }, /entered the lobby at .* and was left out/],
    [{ receipt_key: '00'.repeat(32) }, /the receipt is not signed with the key of this lottery/],
  ] as const) {
    expect(() => verify({ ...draw, ...change })).toThrow(problem);
  }

  await leaveQueue(first);
  await second.goto(`/schedules/${NOT_YET_OPEN}/queue`);
  await second.waitForURL(/seats$/);
});

test('a hidden page asks once a minute, says when it is the turn, and comes only when it is seen', async ({ browser }) => {
  const fan = await another(browser, { baseURL: LOBBY });
  await signUp(fan);
  const asked: URL[] = [];
  fan.on('request', (request) => request.url().includes('/api/queue/status') && asked.push(new URL(request.url())));
  const hide = (hidden: boolean) => fan.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  // Every status request gets this answer, after which the next request is due in 2 seconds. The test controls the
  // page's clock.
  await fan.clock.install();
  const answer = { status: 'wait', number: 9, ahead: 8, eta_seconds: 240, eta_from_seconds: 120, poll_after_ms: 2000, draws_in_ms: null, left_ticket: 3, odds_gone: true };
  await fan.route('**/api/queue/status**', (route) => route.fulfill({ json: answer }));
  await fan.goto(`/schedules/${NOT_YET_OPEN}/queue`);
  const join = fan.locator('form[action="/api/queue/join"] button');
  await join.click();
  await expect(fan.locator('[data-live=queue]')).toBeVisible();
  // The island may start late, so advance the page's clock until it has sent a status request.
  await expect(async () => {
    await fan.clock.runFor(5_000);
    await expect(fan.locator('.place-count')).toHaveText('8', { timeout: 1_000 });
  }).toPass();
  await expect(fan.getByText('About 2 to 4 minutes')).toBeVisible();
  await expect(fan.getByText('Seats left: 3')).toBeVisible();
  await expect(fan.getByText('unlikely to get a ticket')).toBeVisible();
  await expect(fan).toHaveTitle(/^8 · /);
  await fan.getByRole('button', { name: 'Alert me' }).click();
  await expect(fan.getByText("You'll hear this sound")).toBeVisible();

  await hide(true);
  await fan.clock.runFor(5_000);
  const before = asked.length;
  for (const count of [1, 2]) {
    await fan.clock.runFor(60_000);
    await expect(async () => expect(asked.length).toBe(before + count)).toPass();
    expect(asked.at(-1)?.searchParams.get('hidden')).toBe('true');
  }
  Object.assign(answer, { status: 'active', ahead: 0, expires_in_ms: 119_000 });
  await fan.clock.runFor(60_000);
  await expect(fan).toHaveTitle(/^It's your turn! 1:5\d · /);
  await expect(fan.locator('[data-live=queue]')).toHaveAttribute('data-turn');
  await expect(fan).toHaveURL(/queue$/);

  // The fan is called now, and comes.
  await hide(false);
  await expect(async () => {
    await fan.clock.runFor(2_000);
    expect(asked.at(-1)?.searchParams.get('hidden')).toBe('false');
  }).toPass();
});
