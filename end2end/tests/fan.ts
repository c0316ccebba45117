import { type Browser, type BrowserContextOptions, type Page, expect } from '@playwright/test';
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { program, site } from '../servers.ts';

/** The ids of the schedules in the demo data. */
export const CLUB = 1, SOLD_OUT = 2, THEATRE = 3, CLOSED = 4, ARENA = 5, NOT_YET_OPEN = 6, ACCESS = 7;

/** Creates a new account on the sign-up page, and waits until the browser is at the path `next`. */
export async function signUp(page: Page, next = '/', name = 'Dana Oh', email = `${randomUUID()}@example.net`) {
  await page.goto(`/sign-up?next=${encodeURIComponent(next)}`);
  await page.locator('#name').fill(name);
  await page.locator('#email').fill(email);
  await page.locator('#password').fill('a long password');
  await page.locator('form[action="/api/sign-up"] button').click();
  await page.waitForURL((url) => url.pathname === new URL(next, page.url()).pathname);
}

/** Signs in to a demo account, and waits for the list of concerts. */
export async function signIn(page: Page, email: string) {
  await page.goto('/sign-in');
  await page.locator('#email').fill(email);
  await page.locator('#password').fill('encore-demo');
  await page.locator('form[action="/api/sign-in"] button').click();
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}

/** Joins the queue of a schedule from its waiting room page. */
export async function join(page: Page, schedule: number) {
  await page.goto(`/schedules/${schedule}/queue`);
  await page.locator('form[action="/api/queue/join"] button').click();
}

/** Leaves the queue, which takes two steps. */
export async function leaveQueue(page: Page) {
  await page.locator('details.leave summary').click();
  await page.locator('form[action="/api/queue/leave"] button').click();
}

/** Waits until the script of the seat map (its island) has started. */
export async function mapLives(page: Page) {
  await expect(page.locator('[data-live=map]')).toBeVisible();
}

/** Opens the list of seats, once its page is there. */
export async function openList(page: Page) {
  await page.locator('.seat-list > summary').click();
}

/** The check box of a seat in the list, by its accessible name. */
export function listed(page: Page, name: string | RegExp) {
  return page.locator('.seat-list').getByRole('checkbox', { name });
}

/** The button that holds the chosen seats. */
export function hold(page: Page) {
  return page.locator('form.hall button[type=submit]');
}

/** Adds the points that the checkout page says are missing and pays, with one button, and waits for the list of tickets. */
export async function chargeAndPay(page: Page) {
  await page.locator('form[action="/api/purchase"] button').click();
  await page.waitForURL('/tickets');
}

/** Opens a page in a new browser context: a page of another fan, with a session of its own. */
export async function another(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  return (await browser.newContext(options)).newPage();
}

/** Helpers that use a page by keyboard only. */
export function keyboard(page: Page) {
  const press = (key: string) => page.keyboard.press(key);
  /** Presses Tab until the focused element matches `selector`, at most 60 times. */
  const tabTo = async (selector: string) => {
    for (let step = 0; step < 60; step += 1) {
      await press('Tab');
      if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector)) return;
    }
    throw new Error(`Tab never reached ${selector}`);
  };
  /** Types into the fields with these ids, in their order on the page, and sends the form with Enter. */
  const fillIn = async (fields: Record<string, string>) => {
    for (const [id, text] of Object.entries(fields)) {
      await tabTo(`#${id}`);
      await page.keyboard.type(text);
    }
    await press('Enter');
  };
  /** Presses Enter on the element that matches `selector`, and waits until the browser is at `url`. */
  const follow = async (selector: string, url: RegExp) => {
    await tabTo(selector);
    await press('Enter');
    await page.waitForURL(url);
  };
  return { press, tabTo, fillIn, follow };
}

/**
 * Starts a server for one test, at `url` and on a new data folder. If `prepare` is given, the program first runs on
 * that folder with these arguments, such as `demo`.
 */
export async function ownHouse(url: string, settings: Record<string, string>, prepare: string[] = []) {
  const data = mkdtempSync(path.join(tmpdir(), 'encore-own-'));
  const env = {
    ...process.env, ENCORE_DATA: data, ENCORE_ADDR: url.replace('http://', ''), ENCORE_ORIGIN: url,
    LEPTOS_SITE_ROOT: site, RUST_LOG: 'warn', ...settings,
  };
  /** Runs the program with the arguments `words` on the same data folder, and returns what it prints. */
  const run = (...words: string[]) => execFileSync(program, words, { env, encoding: 'utf8' });
  if (prepare.length > 0) run(...prepare);
  const server = spawn(program, ['serve'], { env, stdio: 'ignore' });
  await expect(async () => expect((await fetch(`${url}/healthz`)).ok).toBe(true)).toPass({ timeout: 300_000 });
  return { run, close: () => server.kill('SIGTERM') };
}
