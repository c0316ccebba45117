// Every page at two widths, in both languages and in both colour schemes: no violation of WCAG 2.2 AA, no page wider
// than the screen, and no layout shift.
import AxeBuilder from '@axe-core/playwright';
import { type Page, expect, test } from '@playwright/test';
import { ARENA, CLOSED, CLUB, NOT_YET_OPEN, THEATRE, join, mapLives, openList, signIn, signUp } from './fan.ts';
import { BRISK } from '../servers.ts';

const VIEWS = [
  { name: '390 light English', viewport: { width: 390, height: 844 }, colorScheme: 'light', locale: 'en-US' },
  { name: '1280 dark Korean', viewport: { width: 1280, height: 800 }, colorScheme: 'dark', locale: 'ko-KR' },
  { name: '390 dark Korean', viewport: { width: 390, height: 844 }, colorScheme: 'dark', locale: 'ko-KR' },
  { name: '1280 light English', viewport: { width: 1280, height: 800 }, colorScheme: 'light', locale: 'en-US' },
] as const;

/**
 * Collects what the browser reports on a page: script errors, refused resources, violations of the content security
 * policy.
 */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  return complaints;
}

/** Fails if axe finds a violation, if the page is wider than the screen, or if something moved after it was shown. */
async function assertSound(page: Page, path: string) {
  const violations = await test.step(`axe ${path}`, async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    return (await new AxeBuilder({ page }).withTags(tags).analyze()).violations;
  });
  expect(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.html).join(' | ')}`), path).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${path} is wider than the screen`).toBeLessThanOrEqual(0);
  // The limit below, 0.01, is a tenth of the layout shift that Web Vitals call good. It is not 0, because a line of
  // text may move a little if the browser renders it before all of the text has arrived.
  const moved = await page.evaluate(() => {
    const observer = new PerformanceObserver(() => {});
    observer.observe({ type: 'layout-shift', buffered: true });
    const shifts = observer.takeRecords() as (PerformanceEntry & { hadRecentInput: boolean; value: number; sources: { node?: Element }[] })[];
    const uncalled = shifts.filter((shift) => !shift.hadRecentInput);
    const what = uncalled.map(({ value, sources }) => `${value}: ${sources.map(({ node }) => node?.outerHTML?.slice(0, 120)).join(' | ')}`);
    return uncalled.reduce((sum, { value }) => sum + value, 0) > 0.01 ? what : [];
  });
  expect(moved, `${path} moves`).toEqual([]);
}

for (const { name, ...view } of VIEWS) {
  test.describe(name, () => {
    test.use(view);

    test('pages for everybody are accessible', async ({ page }) => {
      const complaints = complaintsOf(page);
      for (const path of ['/', '/concerts/1', '/concerts/2', '/concerts/3', '/?q=moon&month=&sale=on', '/?q=nothing', '/sign-in', '/sign-up']) {
        await page.goto(path);
        await assertSound(page, path);
      }
      expect(complaints).toEqual([]);
      expect((await page.goto('/nothing/here'))?.status()).toBe(404);
      await assertSound(page, '/nothing/here');
    });

    test('pages for fans are accessible', async ({ page }) => {
      const complaints = complaintsOf(page);
      await signUp(page);
      const queues = [CLUB, CLOSED, NOT_YET_OPEN].map((schedule) => `/schedules/${schedule}/queue`);
      for (const path of ['/tickets', '/points', '/account', ...queues, `/schedules/${CLUB}/checkout`]) {
        await page.goto(path);
        await assertSound(page, path);
      }
      await join(page, CLUB);
      await mapLives(page);
      await assertSound(page, 'seats');
      await openList(page);
      await assertSound(page, 'seats as a list');
      await page.locator('.seat input:not(:disabled)').last().check();
      await page.locator('form.hall button[type=submit]').click();
      await page.waitForURL(/checkout$/);
      await assertSound(page, 'checkout');
      await page.locator('form[action="/api/purchase"] button').click();
      await page.waitForURL('/tickets');
      await assertSound(page, 'tickets');
      await page.getByRole('link', { name: /Show ticket|티켓 보기/ }).first().click();
      await assertSound(page, 'a ticket');
      await page.locator('a[href$="/cancel"]').first().click();
      await assertSound(page, 'cancelling a ticket');
      await page.goto('/points');
      await assertSound(page, 'points with a statement');
      expect(complaints).toEqual([]);
    });

    const STAFF = {
      'what staff see who sell': [
        '/staff', '/staff/schedules/2', '/staff/schedules/2?q=guest1@', '/staff/schedules/2?q=nobody', '/staff/schedules/1/control',
        '/staff/schedules/1/house', '/staff/schedules/2/books', '/staff/window', '/staff/window?q=guest1', '/staff/fans/6',
        '/staff/tickets/1', '/staff/door', '/staff/door/3', '/staff/books',
      ],
      'what staff see who set up': [
        '/staff/concerts', '/staff/concerts/new', '/staff/concerts/2', '/staff/concerts/2/schedules/new', '/staff/schedules/4/edit',
        '/staff/schedules/4/edit?plan=1', '/staff/plans', '/staff/plans/new', '/staff/plans/2', '/staff/team', '/staff/log',
        '/invitations/none',
      ],
    };
    for (const [title, paths] of Object.entries(STAFF)) {
      test(title, async ({ page }) => {
        const complaints = complaintsOf(page);
        await signIn(page, 'staff@example.org');
        for (const path of paths) {
          await page.goto(path);
          await assertSound(page, path);
        }
        expect(complaints).toEqual([]);
      });
    }
  });
}

test('large maps are accessible', async ({ page }) => {
  await signUp(page);
  for (const schedule of [ARENA, THEATRE]) {
    await join(page, schedule);
    await mapLives(page);
    await assertSound(page, `/schedules/${schedule}/seats`);
  }
});

test.describe('the waiting room', () => {
  test.use({ baseURL: BRISK });

  test('the queue is accessible while a fan waits', async ({ browser }) => {
    const pages = await Promise.all([1, 2].map(async () => (await browser.newContext({ baseURL: BRISK })).newPage()));
    for (const page of pages) {
      await signUp(page);
      await join(page, CLUB);
    }
    const [, waiting] = pages;
    await expect(waiting.getByRole('heading', { name: "You're in the queue" })).toBeVisible();
    for (const width of [1280, 390]) {
      await waiting.setViewportSize({ width, height: 844 });
      await assertSound(waiting, `waiting room at ${width}`);
    }
  });
});

test('staff find a fan by part of the name', async ({ page }) => {
  await signIn(page, 'staff@example.org');
  await page.getByRole('link', { name: 'Box office' }).click();
  await page.getByRole('row', { name: 'Paper Moons' }).nth(1).getByRole('link').click();
  await page.getByLabel('Find by name or email').fill('guest 13');
  await page.getByRole('button', { name: 'Find' }).click();
  await expect(page.getByRole('cell', { name: /guest13@example.org/ })).toHaveCount(2);
});
