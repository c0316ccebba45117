import { type Browser, type BrowserContextOptions, type Page, expect } from '@playwright/test';
import { randomUUID } from 'node:crypto';

/** The schedules of the demo house. */
export const CLUB = 1, SOLD_OUT = 2, THEATRE = 3, CLOSED = 4, ARENA = 5, NOT_YET_OPEN = 6, ACCESS = 7;

/** Opens an account on the page that is open or the sign-up page, and lands where the page leads. */
export async function signUp(page: Page, next = '/', name = 'Dana Oh', email = `${randomUUID()}@example.net`) {
  await page.goto(`/sign-up?next=${encodeURIComponent(next)}`);
  await page.locator('#name').fill(name);
  await page.locator('#email').fill(email);
  await page.locator('#password').fill('a long password');
  await page.locator('form[action="/api/sign-up"] button').click();
  await page.waitForURL((url) => url.pathname === new URL(next, page.url()).pathname);
}

export async function signIn(page: Page, email: string) {
  await page.goto('/sign-in');
  await page.locator('#email').fill(email);
  await page.locator('#password').fill('encore-demo');
  await page.locator('form[action="/api/sign-in"] button').click();
  await page.waitForURL('/');
}

/** Joins the line of a schedule from the waiting room's page. */
export async function join(page: Page, schedule: number) {
  await page.goto(`/schedules/${schedule}/queue`);
  await page.locator('form[action="/api/queue/join"] button').click();
}

/** Waits until the map's island lives. */
export async function mapLives(page: Page) {
  await expect(page.locator('[data-live=map]')).toBeVisible();
}

/** Charges whatever the checkout says is missing, and pays. */
export async function chargeAndPay(page: Page) {
  await page.locator('form[action="/api/charge"] button').click();
  await page.locator('form[action="/api/purchase"] button').click();
  await page.waitForURL('/tickets');
}

/** A fan in a browser of their own. */
export async function another(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  return (await browser.newContext(options)).newPage();
}
