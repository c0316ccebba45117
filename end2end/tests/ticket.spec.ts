// The checkout and the ticket, on a phone and on a wide screen, and what a page says without a connection.
import { type Locator, type Page, expect, test } from '@playwright/test';
import { CLUB, THEATRE, another, chargeAndPay, hold, join, listed, mapLives, openList, signIn, signUp } from './fan.ts';

const PHONE = { width: 390, height: 844 }, WIDE = { width: 1280, height: 800 };

/** Holds these seats of a schedule, for a new fan. */
async function holdSeats(page: Page, schedule: number, seats: string[]) {
  await signUp(page);
  await join(page, schedule);
  await mapLives(page);
  await openList(page);
  for (const seat of seats) await listed(page, `${seat}, `).first().check();
  await hold(page).click();
  await page.waitForURL(/checkout$/);
}

async function box(of: Locator) {
  return (await of.boundingBox())!;
}

test('the checkout has the button to pay in view on a phone, and two columns on a wide screen', async ({ page }) => {
  await page.setViewportSize(PHONE);
  await holdSeats(page, THEATRE, ['Row Q, seat 12']);
  const summary = page.locator('section[aria-labelledby=held]');
  const payment = page.locator('section[aria-labelledby=payment]');
  await expect(page.getByText('Stalls, row Q, seat 12')).toHaveCount(1);
  await expect(summary).toContainText('Stalls, row Q, seat 12');
  await expect(payment.getByRole('row', { name: 'Total' })).toContainText('154,000 points');
  const button = await box(payment.getByRole('button'));
  expect(button.y + button.height).toBeLessThanOrEqual(PHONE.height);
  await page.setViewportSize(WIDE);
  const [left, right] = [await box(summary), await box(payment)];
  expect(right.x).toBeGreaterThan(left.x + left.width);
  expect(right.x + right.width).toBeGreaterThan(WIDE.width * 0.9);
});

test('the code of a ticket is in view, the next ticket is a swipe away, and the screen stays on', async ({ page }) => {
  await page.addInitScript(() => {
    const request = () => {
      sessionStorage.setItem('asked', String(Number(sessionStorage.getItem('asked')) + 1));
      return Promise.resolve();
    };
    Object.defineProperty(navigator, 'wakeLock', { value: { request } });
  });
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize(PHONE);
  await holdSeats(page, THEATRE, ['Row S, seat 12', 'Row S, seat 13']);
  await chargeAndPay(page);
  const show = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Winter Light' }) });
  await expect(show).toHaveCount(1);
  await expect(show.getByRole('link', { name: 'Show ticket' })).toHaveCount(2);
  await page.getByRole('link', { name: 'Show ticket for Stalls, row S, seat 12' }).click();
  const [first, second] = ['Ticket 1 of 2: Stalls, row S, seat 12', 'Ticket 2 of 2: Stalls, row S, seat 13'].map((name) =>
    page.getByRole('article', { name }));
  const code = await box(first.getByRole('img'));
  expect(code.y + code.height).toBeLessThanOrEqual(PHONE.height);
  expect(code.width).toBeGreaterThan(240);
  await expect(first.locator('.pass-panel')).toHaveCSS('background-color', 'rgb(255, 255, 255)');
  await expect(first).toContainText('Winter Light');
  await expect(first).toContainText('Haneul Theatre, Seoul');
  await expect.poll(() => page.evaluate(() => sessionStorage.getItem('asked'))).toBe('1');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  expect(await page.evaluate(() => sessionStorage.getItem('asked'))).toBe('2');

  await expect(second.getByRole('img')).not.toBeInViewport({ ratio: 0.9 });
  const shown = page.getByRole('navigation', { name: 'Your tickets for this show' }).locator('[aria-current=true]');
  await expect(shown).toHaveText(['1']);
  await page.getByRole('link', { name: 'Ticket 2 of 2' }).click();
  await expect(second.getByRole('img')).toBeInViewport({ ratio: 0.99 });
  await expect(shown).toHaveText(['2']);
  await page.locator('.passes').evaluate((passes) => passes.scrollTo(0, 0));
  await expect(first.getByRole('img')).toBeInViewport({ ratio: 0.99 });

  await page.setViewportSize(WIDE);
  const [picture, action] = [await box(first.getByRole('img')), await box(first.getByRole('link', { name: 'Add to calendar' }))];
  expect(action.x).toBeGreaterThan(picture.x + picture.width);
  await expect(second).not.toBeInViewport();

  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto('/points');
  const statement = page.getByRole('group', { name: 'Statement' });
  expect(await statement.evaluate((frame) => frame.scrollWidth - frame.clientWidth)).toBeLessThanOrEqual(0);
});

test('a page without a connection says that it may be out of date', async ({ context, page }) => {
  await page.goto('/concerts/1');
  const notice = page.getByText('this page may be out of date');
  await expect(notice).toBeHidden();
  await context.setOffline(true);
  await expect(notice).toBeVisible();
  await context.setOffline(false);
  await expect(notice).toBeHidden();
});

test('the counter finds a ticket by the number of its order', async ({ browser, page }) => {
  await holdSeats(page, CLUB, ['Row D, seat 40']);
  await chargeAndPay(page);
  const [, order] = /Order (\S+)/.exec(await page.locator('.show-seat').innerText())!;
  expect(order).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
  const staff = await another(browser, {});
  await signIn(staff, 'box@example.org');
  await staff.goto(`/staff/window?q=${order}`);
  await expect(staff.getByRole('row', { name: /Floor, row D, seat 40/ })).toHaveCount(1);
});
