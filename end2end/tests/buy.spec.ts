// The main path of a fan: from the list of concerts to a paid ticket.
import { type Page, expect, test } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { CLUB, THEATRE, another, chargeAndPay, hold, join, keyboard, listed, mapLives, openList, signUp } from './fan.ts';

/** Signs up on the page that joins the queue of the schedule too, beside the form to sign in. */
async function signUpToJoin(page: Page, name: string) {
  await expect(page.getByRole('heading', { name: 'Sign in or sign up to get tickets' })).toBeVisible();
  const form = page.getByRole('region', { name: 'New here?' });
  await form.getByLabel('Name').fill(name);
  await form.getByLabel('Email address').fill(`${randomUUID()}@example.net`);
  await form.getByLabel('Password').fill('a long password');
  await form.getByRole('button', { name: 'Sign up' }).click();
}

test('a fan finds a concert, takes two seats on the map, tops up points, pays, and sees the tickets', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Winter Light' }).click();
  await page.getByRole('link', { name: /Get tickets/ }).first().click();
  await signUpToJoin(page, 'Mina Kim');

  await mapLives(page);
  await openList(page);
  await listed(page, 'Row J, seat 15, 154,000 points, available').check();
  await listed(page, 'Row J, seat 16, 154,000 points, available').check();
  await expect(page.locator('output')).toHaveText('2 seats · 308,000 points');
  await hold(page).click();

  await expect(page.getByRole('timer')).toContainText(/[45]:\d\d/);
  await expect(page.getByRole('row', { name: 'Still needed' })).toContainText('308,000 points');
  await chargeAndPay(page);
  await expect(page.getByRole('heading', { name: "You're going!" })).toBeVisible();
  await expect(page.getByText('Stalls, row J, seat 15')).toBeVisible();
  await expect(page.getByText('Stalls, row J, seat 16')).toBeVisible();

  await page.goto('/points');
  await expect(page.getByRole('row', { name: 'Tickets: Winter Light' })).toContainText('−308,000');
});

for (const javaScriptEnabled of [true, false]) {
  const script = javaScriptEnabled ? 'with' : 'without';
  test(`somebody without an account has tickets after eight actions, ${script} a script`, async ({ browser }) => {
    const page = await another(browser, { javaScriptEnabled, viewport: { width: 390, height: 844 } });
    await page.goto('/');
    await page.getByRole('link', { name: 'First Wave' }).click();
    await page.getByRole('link', { name: /Get tickets/ }).first().click();
    await signUpToJoin(page, 'Eight Actions');
    await page.getByRole('button', { name: 'Hold the best seats' }).click();
    await expect(page.getByRole('heading', { name: 'Checkout' })).toBeVisible();
    await page.getByRole('button', { name: /^Add .* points and pay$/ }).click();
    await expect(page.getByRole('heading', { name: "You're going!" })).toBeVisible();
    await expect(page.getByText(/Block \d+, row [A-Z], seat \d+/)).toHaveCount(2);
  });
}

test('a fan cannot choose more seats than the limit', async ({ page }) => {
  await signUp(page);
  await join(page, THEATRE);
  await mapLives(page);
  await openList(page);
  for (const seat of [20, 21, 22, 23]) {
    await listed(page, `Row T, seat ${seat}, `).first().check();
  }
  const fifth = listed(page, 'Row T, seat 24, ').first();
  await fifth.click();
  await expect(fifth).not.toBeChecked();
  await expect(page.getByRole('status').filter({ hasText: 'up to' })).toHaveText('You can choose up to 4 seats.');
});

test('a fan buys with JavaScript disabled', async ({ browser }) => {
  const page = await another(browser, { javaScriptEnabled: false });
  await signUp(page, '/concerts/1');
  await page.getByRole('button', { name: /Get tickets/ }).first().click();
  await openList(page);
  await listed(page, 'Row E, seat 50, 110,000 points, available').check();
  await hold(page).click();
  await chargeAndPay(page);
  await expect(page.getByText('Floor, row E, seat 50')).toBeVisible();
});

test('a fan switches to Korean with one click and buys', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: '한국어' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'ko');
  await signUp(page, '/concerts/2', '김미나');
  await page.getByRole('button', { name: /예매하기/ }).first().click();
  await mapLives(page);
  await openList(page);
  await listed(page, 'C열, 3번, 154,000포인트, 선택 가능').check();
  await expect(page.locator('output')).toHaveText('1석 · 154,000포인트');
  await hold(page).click();
  await chargeAndPay(page);
  await expect(page.getByRole('heading', { name: '예매가 완료되었습니다!' })).toBeVisible();
  await expect(page.getByText('Stalls C열 3번')).toBeVisible();
});

test('a fan buys with the keyboard only', async ({ page }) => {
  const { press, tabTo, fillIn, follow } = keyboard(page);
  await page.goto(`/sign-up?next=/schedules/${THEATRE}/queue`);
  await press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await press('Enter');
  await fillIn({ name: 'Kay Board', email: `keys-${Date.now()}@example.net`, password: 'a long password' });
  await page.waitForURL((url) => url.pathname.endsWith('/queue'));
  await tabTo('form[action="/api/queue/join"] button');
  await press('Enter');

  await mapLives(page);
  await tabTo('.map-cursor');
  const focused = page.locator(':focus');
  await expect(focused).toHaveAttribute('aria-label', /^Row A, seat 1, /);
  await press('ArrowDown');
  await press('ArrowDown');
  await press('ArrowRight');
  await expect(focused).toHaveAttribute('aria-label', /^Row C, seat 2, /);
  await press('PageDown');
  await expect(focused).toHaveAttribute('aria-label', /^Row D, seat 2, /);
  await press('ArrowUp');
  await press('End');
  await expect(focused).toHaveAttribute('aria-label', /^Row C, seat 30, /);
  await press('Space');
  await expect(page.locator('output')).toContainText('1 seat');
  // All seats together are one Tab stop.
  await follow('form.hall button[type=submit]', /checkout/);
  await follow('form[action="/api/purchase"] button', /tickets$/);
  await expect(page.getByText('Stalls, row C, seat 30')).toBeVisible();
});

test('released seats go back on sale, and a paid form that is sent again does not charge twice', async ({ page }) => {
  await signUp(page);
  await join(page, CLUB);
  await mapLives(page);
  await openList(page);
  await listed(page, 'Row D, seat 31, ').check();
  await hold(page).click();
  await page.getByRole('button', { name: 'Release seats' }).click();
  await mapLives(page);
  await openList(page);
  await expect(listed(page, 'Row D, seat 31, 110,000 points, available')).toBeEnabled();
  await listed(page, 'Row D, seat 32, ').check();
  await hold(page).click();
  // Send the same form twice, as a double click or the back button does.
  const key = await page.locator('form[action="/api/purchase"] [name=idempotency_key]').inputValue();
  const form = { schedule_id: String(CLUB), idempotency_key: key, charge: '110000' };
  const first = await page.request.post('/api/purchase', { form });
  const second = await page.request.post('/api/purchase', { form });
  expect(first.status(), await first.text()).toBe(200);
  expect(await second.json()).toEqual(await first.json());
  await page.goto('/points');
  await expect(page.getByText('−110,000')).toHaveCount(1);
});
