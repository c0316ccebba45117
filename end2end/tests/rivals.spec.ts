// Several fans who compete for seats and places, and holds that expire.
import { expect, test } from '@playwright/test';
import { BRISK } from '../servers.ts';
import { ARENA, CLUB, THEATRE, another, hold, join, leaveQueue, listed, mapLives, openList, signUp } from './fan.ts';

test('two fans and one seat: the other map shows it taken, and a late form is refused with the seat named', async ({ browser }) => {
  const [mina, joon] = [await another(browser, {}), await another(browser, {})];
  for (const page of [mina, joon]) {
    await signUp(page);
    await join(page, CLUB);
    await mapLives(page);
    await openList(page);
  }
  const seat = 'Row A, seat 1, 110,000 points';
  await listed(joon, seat).check();
  await listed(mina, seat).check();
  await hold(mina).click();
  await mina.waitForURL(/checkout/);

  await expect(listed(joon, `${seat}, on hold`)).toBeDisabled();
  await expect(joon.getByRole('status').filter({ hasText: 'taken' })).toHaveText('Floor, Row A, seat 1 was just taken.');
  await expect(joon.locator('output')).toHaveText('Select your seats.');

  // Without a script a page receives no events, so it still shows the seat as free and can send the form.
  const late = await another(browser, { javaScriptEnabled: false, storageState: await joon.context().storageState() });
  await late.goto(`/schedules/${CLUB}/seats`);
  await openList(late);
  await late.locator('#seat-3').check();
  await mina.goto(`/schedules/${CLUB}/seats`);
  await mapLives(mina);
  await openList(mina);
  await mina.locator('#seat-3').check();
  await hold(mina).click();
  await mina.waitForURL(/checkout/);
  await hold(late).click();
  await expect(late.getByRole('alert')).toContainText('1 of these seats has just gone');
  await expect(late.getByText('Gone: Floor A3.')).toBeVisible();

  await mina.getByRole('button', { name: 'Release seats' }).click();
  await expect(listed(joon, `${seat}, available`)).toBeEnabled();
});

test.describe('in a house with short holds and one active fan', () => {
  test.use({ baseURL: BRISK });

  test('a hold that runs out says so, charges nothing, and frees the seat', async ({ page }) => {
    await signUp(page);
    await join(page, THEATRE);
    await mapLives(page);
    await openList(page);
    await page.locator('.seat input:not(:disabled)').first().check();
    await hold(page).click();
    await page.waitForURL(/checkout/);
    // When the countdown ends, the page goes to the server's next page by itself.
    await expect(page.getByRole('heading', { name: "You're not holding any seats" })).toBeVisible();
    const answer = await page.request.post('/api/purchase', { form: { schedule_id: String(THEATRE), idempotency_key: 'late' } });
    expect([answer.status(), (await answer.json()).code]).toEqual([409, 'hold_expired']);
    await page.getByRole('link', { name: 'Choose seats again' }).click();
    await expect(page.locator('.seat').first()).toHaveAttribute('data-state', 'reservable');
  });

  test('a waiting fan is admitted when a place becomes free, with a script and without', async ({ browser }) => {
    const options = { baseURL: BRISK };
    const [first, second, third] = [
      await another(browser, options),
      await another(browser, options),
      await another(browser, { ...options, javaScriptEnabled: false }),
    ];
    for (const page of [first, second, third]) {
      await signUp(page);
      await join(page, ARENA);
    }
    await mapLives(first);
    await expect(second.getByRole('heading', { name: "You're in the queue" })).toBeVisible();
    await expect(second.locator('.place-count')).toHaveText("You're next");
    await expect(third.locator('.place-word')).toContainText('People ahead of you');
    await leaveQueue(first);
    await mapLives(second);
    await leaveQueue(second);
    // Without a script the page reloads itself.
    await third.waitForURL(/seats$/);
  });
});
