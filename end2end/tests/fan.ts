import { type Browser, type BrowserContextOptions, type Page, expect } from '@playwright/test';
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { program, site } from '../servers.ts';

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

/** A page in the hands of somebody who has no mouse. */
export function keyboard(page: Page) {
  const press = (key: string) => page.keyboard.press(key);
  /** Moves on with Tab until what has the focus matches. */
  const tabTo = async (selector: string) => {
    for (let step = 0; step < 60; step += 1) {
      await press('Tab');
      if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector)) return;
    }
    throw new Error(`Tab never reached ${selector}`);
  };
  /** Fills the fields that have these ids, in their order, and sends their form. */
  const fillIn = async (fields: Record<string, string>) => {
    for (const [id, text] of Object.entries(fields)) {
      await tabTo(`#${id}`);
      await page.keyboard.type(text);
    }
    await press('Enter');
  };
  /** Presses Enter on what matches, and is on the page that it leads to. */
  const follow = async (selector: string, url: RegExp) => {
    await tabTo(selector);
    await press('Enter');
    await page.waitForURL(url);
  };
  return { press, tabTo, fillIn, follow };
}

/** A house of a test's own: a program on its own address and data folder. */
export async function ownHouse(url: string, settings: Record<string, string>, prepare: string[] = []) {
  const data = mkdtempSync(path.join(tmpdir(), 'encore-own-'));
  const env = {
    ...process.env, ENCORE_DATA: data, ENCORE_ADDR: url.replace('http://', ''), ENCORE_ORIGIN: url,
    LEPTOS_SITE_ROOT: site, RUST_LOG: 'warn', ...settings,
  };
  /** Runs the program on the house's folder as whoever runs the machine does. */
  const run = (...words: string[]) => execFileSync(program, words, { env, encoding: 'utf8' });
  if (prepare.length > 0) run(...prepare);
  const server = spawn(program, ['serve'], { env, stdio: 'ignore' });
  await expect(async () => expect((await fetch(`${url}/healthz`)).ok).toBe(true)).toPass({ timeout: 300_000 });
  return { run, close: () => server.kill('SIGTERM') };
}
