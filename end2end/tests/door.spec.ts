// The door without a connection: the phone opens its page, checks tickets by its list, and sends its scans afterwards.
import { type Page, expect, test } from '@playwright/test';
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
  await counter.getByLabel('Email address of the account').fill(email);
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
  await expect(line).toContainText('Ticket list of');
  // The phone has its copy of the page.
  await expect(door.locator('[data-kept]')).toBeAttached();

  await door.context().setOffline(true);
  await check(door, code.toLowerCase());
  await expect(door.getByText(/Too early/)).toBeVisible();
  await door.getByRole('button', { name: 'Let in anyway' }).click();
  await expect(door.getByText('Valid', { exact: true })).toBeVisible();
  await expect(door.getByText('Checked without a connection')).toBeVisible();
  await expect(door.getByText(/Row D, seat 9/i)).toBeVisible();
  await expect(line).toContainText('Offline since');
  await expect(line).toContainText('Not sent yet: 1');
  await check(door, code);
  await expect(door.getByText(/Already used at/)).toBeVisible();
  await check(door, 'no such code');
  await expect(door.getByText('Ticket not recognised')).toBeVisible();

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

  // Signing out deletes the copy of the page.
  const copies = () => door.evaluate(() => caches.has('encore-door'));
  expect(await copies()).toBe(true);
  await door.getByRole('button', { name: 'Sign out' }).click();
  await door.waitForURL((url) => !url.pathname.startsWith('/staff'));
  await expect.poll(copies).toBe(false);
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
  expect(read).toMatch(/^ENCORE1\.[0-9A-Z]{127}$/);
  expect(read).toContain(code.replaceAll('-', ''));
});
