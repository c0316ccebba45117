// The seat map: the positions of the seats, the list view, the prices, zoom, the sections of a large hall, and the countdown.
import { expect, test } from '@playwright/test';
import { ARENA, CLUB, THEATRE, join, mapLives, signUp } from './fan.ts';

test('the map shows the seats where they are in the hall, and the list shows the same seats and choice', async ({ page }) => {
  await signUp(page);
  await join(page, THEATRE);
  await mapLives(page);
  const seat = (name: string) => page.getByRole('checkbox', { name });
  const middle = seat('Row A, seat 15, 154,000'), end = seat('Row A, seat 1, 154,000');
  const [front, side] = [(await middle.boundingBox())!, (await end.boundingBox())!];
  // The rows of the stalls are arcs, bent towards the stage: the ends of a row are nearer to the stage (higher up) than
  // its middle.
  expect(side.y).toBeLessThan(front.y - 5);
  expect(side.x).toBeLessThan(front.x);
  await middle.check();
  await page.getByText('Show the seats as a list').click();
  await expect(middle).toBeChecked();
  const [listed, first] = [(await middle.boundingBox())!, (await end.boundingBox())!];
  expect(listed.y).toBe(first.y);
  await expect(page.getByRole('group', { name: /^Stalls/ })).toContainText('A');
  await expect(page.locator('output')).toContainText('Selected: 1 · 154,000 points');
  await expect(page.locator('.bar-names')).toHaveText('Stalls, Row A, seat 15');
});

test('each price shows how many seats are left, and follows what others take', async ({ page, browser, baseURL }) => {
  const other = await (await browser.newContext({ baseURL })).newPage();
  for (const fan of [page, other]) {
    await signUp(fan);
    await join(fan, THEATRE);
    await mapLives(fan);
  }
  const left = page.getByRole('list', { name: 'Prices' }).getByRole('listitem').filter({ hasText: 'Gallery' });
  const before = Number(/(\d+) left/.exec(await left.innerText())![1]);
  await other.getByRole('checkbox', { name: /Row D, seat 15, 66,000 points/ }).check();
  await other.getByRole('button', { name: 'Hold these seats' }).click();
  await expect(left).toContainText(`${before - 1} left`);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('the whole hall fits the screen, and a tap or a section link zooms until seats are large enough for a finger', async ({ page }) => {
    await signUp(page);
    await join(page, THEATRE);
    await mapLives(page);
    const seat = page.getByRole('checkbox', { name: 'Row B, seat 15, 99,000 points' });
    const width = async () => (await seat.boundingBox())!.width;
    // At first the map shows the whole hall.
    expect((await page.locator('#map').boundingBox())!.width).toBeLessThanOrEqual(390);
    // While seats are smaller than 14 pixels, a tap zooms in and chooses no seat.
    expect(await width()).toBeLessThan(14);
    await seat.tap({ force: true });
    await expect(seat).not.toBeChecked();
    expect(await width()).toBeGreaterThanOrEqual(24);
    await seat.tap();
    await expect(seat).toBeChecked();

    await page.getByRole('button', { name: 'Show the whole hall' }).tap();
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Gallery' }).tap();
    await expect(page.getByRole('checkbox', { name: 'Row A, seat 8, 66,000 points' })).toBeInViewport();
    expect(await width()).toBeGreaterThanOrEqual(24);
  });

  test('two fingers zoom', async ({ page }) => {
    await signUp(page);
    await join(page, CLUB);
    await mapLives(page);
    const map = page.locator('#map');
    const before = (await map.boundingBox())!.width;
    await page.locator('.map-view').scrollIntoViewIfNeeded();
    const view = (await page.locator('.map-view').boundingBox())!;
    const [x, y] = [view.x + view.width / 2, view.y + view.height / 4];
    const fingers = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number) => fingers.send('Input.dispatchTouchEvent', {
      type, touchPoints: type === 'touchEnd' ? [] : [{ x: x - apart, y, id: 1 }, { x: x + apart, y, id: 2 }],
    });
    await touch('touchStart', 30);
    await touch('touchMove', 45);
    await touch('touchMove', 60);
    await touch('touchEnd', 0);
    expect((await map.boundingBox())!.width / before).toBeGreaterThan(1.4);
  });
});

test('a large hall is shown as its sections, and a section opens', async ({ page }) => {
  await signUp(page);
  await join(page, ARENA);
  await mapLives(page);
  await page.locator('.overview a').filter({ hasText: 'Block 113' }).click();
  await mapLives(page);
  await expect(page.getByRole('group', { name: /^Block 113/ })).toBeVisible();
  await expect(page.locator('fieldset.section')).toHaveCount(1);
});

test('the remaining time is read aloud each minute and at 30 and 10 seconds', async ({ page }) => {
  await page.clock.install();
  await signUp(page);
  await join(page, CLUB);
  await mapLives(page);
  const said = page.locator('.countdown [role=status]');
  await expect(said).toHaveText('10 minutes left');
  for (const [seconds, text] of [[8 * 60 + 1, '2 minutes left'], [60, '1 minute left'], [30, '30 seconds left'], [20, '10 seconds left']] as const) {
    await page.clock.runFor(seconds * 1_000);
    await expect(said).toHaveText(text);
  }
});
