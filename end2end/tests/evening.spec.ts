// Staff run a sale: the control room, the house seats, the counter, and the door.
import { expect, test } from '@playwright/test';
import { ACCESS, another, hold, join, leaveQueue, listed, mapLives, openList, signIn, signUp } from './fan.ts';

test('the control room pauses the queue and shows a message, and new limits take effect at once', async ({ browser, page }) => {
  await signIn(page, 'box@example.org');
  await page.goto(`/staff/schedules/${ACCESS}/control`);
  await page.getByLabel('Fans choosing at once').fill('1');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('Changes applied.')).toBeVisible();
  const [first, second] = [await another(browser, {}), await another(browser, {})];
  for (const fan of [first, second]) {
    await signUp(fan);
    await join(fan, ACCESS);
  }
  await mapLives(first);
  await expect(second.locator('[data-live=queue]')).toBeVisible();
  await expect(page.locator('#now[data-live]')).toContainText('Waiting1');

  await page.getByLabel('Message', { exact: true }).fill('The second half of the hall opens at six.');
  await page.getByRole('button', { name: 'Show the message' }).click();
  await page.getByRole('button', { name: 'Pause the queue' }).click();
  await expect(second.getByText('The second half of the hall opens at six.')).toBeVisible();
  await expect(second.getByText('The queue is paused')).toBeVisible();
  await leaveQueue(first);
  await expect(page.locator('#now')).toContainText('Choosing0');
  await expect(second.locator('[data-live=queue]')).toBeVisible();
  await page.getByRole('button', { name: 'Resume the queue' }).click();
  await mapLives(second);

  // Wheelchair places are kept, and only fans who say that they need one can take them.
  await openList(second);
  const place = listed(second, /Row T, seat 1, wheelchair space/).first();
  await expect(place).toBeDisabled();
  await second.getByRole('link', { name: 'I need a wheelchair space' }).click();
  await mapLives(second);
  await openList(second);
  await place.check();
  await hold(second).click();
  await expect(second.getByRole('heading', { name: 'Checkout' })).toBeVisible();

  await page.getByLabel('Fans choosing at once').fill('');
  await page.getByLabel('Message', { exact: true }).fill('');
  await page.getByRole('button', { name: 'Show the message' }).click();
  await page.getByLabel('Fans choosing at once').fill('');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('Changes applied.')).toBeVisible();
});

test('seats are kept back, released and sold at the counter, and the door admits each ticket once', async ({ browser, page }) => {
  const email = `guest-${Date.now()}@example.net`;
  const guest = await another(browser, {});
  await signUp(guest, '/', 'Nari Seo', email);

  await signIn(page, 'box@example.org');
  await page.goto(`/staff/schedules/${ACCESS}/house`);
  await mapLives(page);
  await openList(page);
  await listed(page, 'Row C, seat 9, 154,000 points, available').check();
  await listed(page, 'Row C, seat 10, 154,000 points, available').check();
  await page.getByRole('button', { name: 'Keep these seats back' }).click();
  await expect(page.getByLabel('Reason', { exact: true })).toHaveAccessibleDescription(/Please write/);
  await expect(page.locator('.bar-chosen li')).toHaveText([/^Stalls, Row C, seat 9/, /^Stalls, Row C, seat 10/]);
  await page.getByLabel('Reason', { exact: true }).fill('the sound desk');
  await page.getByRole('button', { name: 'Keep these seats back' }).click();
  await openList(page);
  await expect(listed(page, /Row C, seat 9, 154,000 points, not available/)).toBeDisabled();
  await page.getByRole('checkbox', { name: 'Stalls, row C, seat 10' }).check();
  await page.getByRole('button', { name: 'Release selected seats' }).click();

  await openList(page);
  await listed(page, 'Row C, seat 10, 154,000 points, available').check();
  await page.getByLabel('email address (optional)').fill(email);
  await page.getByRole('button', { name: 'Sell these seats' }).click();
  await expect(page.getByRole('heading', { name: 'Nari Seo' })).toBeVisible();
  await expect(page.getByRole('row', { name: /Points added/ })).toContainText('+154,000');

  await guest.goto('/tickets');
  await guest.getByRole('link', { name: 'Show ticket for Stalls, row C, seat 10' }).click();
  const code = await guest.locator('.pass-code').first().innerText();
  await page.getByRole('link', { name: 'Window' }).first().click();
  await page.getByLabel('Name, email, seat or code').fill(code.toLowerCase());
  await page.getByRole('button', { name: 'Find' }).click();
  await expect(page.getByRole('row', { name: /Nari Seo/ })).toHaveCount(1);

  const door = await another(browser, {});
  await signIn(door, 'door@example.org');
  await door.goto(`/staff/door/${ACCESS}`);
  await expect(door.locator('[data-live=door]')).toBeVisible();
  await door.getByLabel('Ticket code').fill(code);
  await door.getByRole('button', { name: 'Check' }).click();
  await expect(door.getByText(/Too early: valid from/)).toBeVisible();
  await door.getByRole('button', { name: 'Let in anyway' }).click();
  await expect(door.getByText('Valid', { exact: true })).toBeVisible();
  await door.getByRole('button', { name: 'Check' }).click();
  await expect(door.getByText(/Already used at/)).toBeVisible();
  await door.goto('/staff/door/1');
  await door.getByLabel('Ticket code').fill(code);
  await door.getByRole('button', { name: 'Check' }).click();
  await expect(door.getByText('Wrong show')).toBeVisible();
});

test('the door works without a script, and the books can be downloaded', async ({ browser, page }) => {
  const door = await another(browser, { javaScriptEnabled: false });
  await signIn(door, 'door@example.org');
  await door.goto(`/staff/door/${ACCESS}`);
  await door.getByLabel('Ticket code').fill('no such code');
  await door.getByRole('button', { name: 'Check' }).click();
  await expect(door.getByText('Ticket not recognised')).toBeVisible();
  await signIn(page, 'box@example.org');
  await page.goto('/staff/books');
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Ledger as CSV' }).click();
  expect((await download).suggestedFilename()).toBe('ledger.csv');
});
