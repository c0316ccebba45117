// Every page at two widths, in both languages and in both colour schemes: no violation of WCAG 2.2 AA, no page wider
// than the screen (at 390 pixels also with text of twice the size), no layout shift, no table that is cut off or has to
// be scrolled, and names that contain what is written. At a zoom of 400% nothing covers what has the focus. The front
// page loads little of the font.
import AxeBuilder from '@axe-core/playwright';
import { type Page, expect, test } from '@playwright/test';
import { existsSync, readFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { ARENA, CLOSED, CLUB, NOT_YET_OPEN, SOLD_OUT, THEATRE, join, mapLives, openList, signIn, signUp } from './fan.ts';
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

/**
 * Fails if axe finds a violation, if the page is wider than the screen, if something moved after it was shown, if a name
 * does not contain what is written, or if, on a phone, a table is cut off or text of twice the size does not fit.
 */
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
  await assertNamed(page, path);
  if (page.viewportSize()!.width === 390) await assertFitsPhone(page, path);
}

/**
 * Fails if the accessible name of a button or link does not contain its visible text, which is what people say who speak
 * to the browser. A sign such as × is not text.
 */
async function assertNamed(page: Page, path: string) {
  const unlike = await page.evaluate(() => {
    const plain = (text: string | null) => (text ?? '').toLowerCase().replace(/\s+/g, ' ').trim();
    const named = [...document.querySelectorAll<HTMLElement>(':is(a, button, summary, [role=button])[aria-label]')];
    const isUnlike = (at: HTMLElement) =>
      /[\p{L}\p{N}]/u.test(at.innerText) && !plain(at.getAttribute('aria-label')).includes(plain(at.innerText));
    return named.filter(isUnlike).map((at) => at.outerHTML.slice(0, 200));
  });
  expect(unlike, `${path} has names without the visible text`).toEqual([]);
}

/**
 * Fails if a table does not fit, if the frame around it could not be scrolled with larger text, or if the page scrolls
 * sideways when its text has twice the size (not the pages of staff).
 */
async function assertFitsPhone(page: Page, path: string) {
  const cut = await page.evaluate(() => {
    const isCut = (table: HTMLTableElement) => {
      const frame = table.closest<HTMLElement>('.scroll');
      const around = (frame ?? table.parentElement!).getBoundingClientRect();
      if (around.right > document.documentElement.clientWidth + 0.5) return true;
      if (!frame) return table.getBoundingClientRect().right > around.right + 0.5;
      if (frame.scrollWidth > frame.clientWidth) return true;
      return frame.tabIndex !== 0 || !frame.getAttribute('aria-label') || getComputedStyle(frame).overflowX !== 'auto';
    };
    return [...document.querySelectorAll('table')].filter(isCut).map((table) => table.outerHTML.slice(0, 200));
  });
  expect(cut, `${path} has tables that are cut off`).toEqual([]);
  if (path.startsWith('/staff')) return;
  // Nothing is painted between the two changes, so this counts as no layout shift.
  const wide = await page.evaluate(() => {
    const root = document.documentElement;
    root.style.fontSize = '200%';
    const isWide = (at: Element) => at.getBoundingClientRect().right > root.clientWidth + 0.5;
    const wide = root.scrollWidth > root.clientWidth ? [...document.querySelectorAll('main *')].filter(isWide) : null;
    const what = wide && ['wide', ...wide.slice(0, 5).map((at) => at.outerHTML.slice(0, 120))];
    root.style.fontSize = '';
    return what ?? [];
  });
  expect(wide, `${path} with text of twice the size is wider than the screen`).toEqual([]);
}

/** Fails if the page scrolls sideways, or if one of the first fifteen elements is covered when it has the focus. */
async function assertFocusSeen(page: Page, path: string) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${path} is wider than the screen`).toBeLessThanOrEqual(0);
  for (let step = 0; step < 15; step += 1) {
    await page.keyboard.press('Tab');
    const covered = await page.evaluate(async () => {
      await new Promise(requestAnimationFrame);
      const at = document.activeElement as HTMLElement;
      // After the last element the focus leaves the page.
      if (at === document.body) return '';
      const [box] = at.getClientRects();
      if (!box) return `${at.outerHTML.slice(0, 120)} is not shown`;
      const middle = (begins: number, ends: number, most: number) => (Math.max(begins, 0) + Math.min(ends, most)) / 2;
      // The button over a seat of the map lets clicks through to the picture.
      at.style.pointerEvents = 'auto';
      const top = document.elementFromPoint(middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
      at.style.pointerEvents = '';
      return at.contains(top) ? '' : `${at.outerHTML.slice(0, 120)} is behind ${top?.outerHTML.slice(0, 120)}`;
    });
    expect(covered, path).toBe('');
  }
}

for (const { name, ...view } of VIEWS) {
  test.describe(name, () => {
    test.use(view);

    test('pages for everybody are accessible', async ({ page }) => {
      const complaints = complaintsOf(page);
      for (const path of ['/', '/concerts/1', '/concerts/2', '/concerts/3', '/?q=moon&month=&sale=on', '/?q=nothing', '/sign-in', '/sign-up', '/sign-in?next=%2F&join=3', '/forgotten', '/password/1-none']) {
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
      const waitlist = `/schedules/${SOLD_OUT}/waitlist`;
      await page.goto(waitlist);
      await assertSound(page, 'joining a waiting list');
      await page.locator(`form[action="${waitlist}"] button`).click();
      await assertSound(page, 'a waiting list');
      await page.goto('/tickets');
      await assertSound(page, 'tickets with a waiting list');
      await page.goto(waitlist);
      await page.locator('details.leave summary').click();
      await page.locator(`form[action="${waitlist}"] button`).click();
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
      await page.locator('a[href$="/hand-on"]').first().click();
      await assertSound(page, 'handing a ticket on');
      await page.locator('form[action$="/hand-on"] button').click();
      await assertSound(page, 'a link to hand a ticket on');
      await page.goto(await page.locator('#link').inputValue());
      await assertSound(page, 'taking a ticket');
      await page.goBack();
      await page.goBack();
      await page.goBack();
      await page.locator('a[href$="/cancel"]').first().click();
      await assertSound(page, 'cancelling a ticket');
      await page.goto('/points');
      await assertSound(page, 'points with a statement');
      expect(complaints).toEqual([]);
    });

    const STAFF = {
      'what staff see who sell': [
        '/staff', '/staff/schedules/2', '/staff/schedules/2?q=guest1@', '/staff/schedules/2?q=nobody', '/staff/schedules/1/control',
        '/staff/schedules/1/house', '/staff/schedules/2/books', '/staff/window', '/staff/window?q=guest1', '/staff/till', '/staff/fans/6', '/staff/fans/6/tickets',
        '/staff/tickets/1', '/staff/tickets/1/exchange', '/staff/tickets/1/exchange?date=1', '/staff/door', '/staff/door/3', '/staff/books',
      ],
      'what staff see who set up': [
        '/staff/concerts', '/staff/concerts/new', '/staff/concerts/2', '/staff/concerts/2/schedules/new', '/staff/schedules/4/edit',
        '/staff/schedules/4/edit?plan=1', '/staff/plans', '/staff/plans/new', '/staff/plans/2', '/staff/team', '/staff/log', '/staff/mail', '/staff/legal', '/account/security', '/staff/schedules/2/call-off', '/staff/schedules/2/move?to=2027-02-05T19:30',
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

for (const { locale, slices } of [
  { locale: 'en-US', slices: ['latin'] },
  { locale: 'ko-KR', slices: ['latin', 'ko-first'] },
]) {
  test.describe(`the font of the front page in ${locale}`, () => {
    test.use({ locale });

    test('is small and kept for ever', async ({ page }) => {
      const fonts = new Map<string, number>();
      const kept: (string | undefined)[] = [];
      page.on('response', (response) => {
        if (response.request().resourceType() !== 'font') return;
        const headers = response.headers();
        kept.push(headers['cache-control']);
        fonts.set(new URL(response.url()).pathname.replace(/^.*\/|\..*$/g, ''), Number(headers['content-length']));
      });
      await page.goto('/');
      await page.evaluate(() => document.fonts.ready);
      // The names of the demo concerts are in English, so no other slice is needed.
      expect([...fonts.keys()].sort()).toEqual([...slices].sort());
      expect([...fonts.values()].reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(60_000);
      for (const header of kept) expect(header).toContain('immutable');
    });
  });
}

test('the slices of the font have every syllable of the Korean sentences', () => {
  const at = (...path: string[]) => joinPath(import.meta.dirname, '..', '..', ...path);
  const covered = new Set<number>();
  for (const [, path, name, ranges] of readFileSync(at('style', 'fonts.css'), 'utf8').matchAll(
    /url\("(\/static\/fonts\/([\w-]+)\.\w+\.woff2)"\)[^;]*;\s*unicode-range: ([^;]+);/g,
  )) {
    expect(existsSync(at('public', path)), path).toBe(true);
    if (!['latin', 'ko-first', 'ko-fans', 'ko-staff'].includes(name)) continue;
    for (const [, first, last] of ranges.matchAll(/U\+([0-9A-F]+)(?:-([0-9A-F]+))?/g)) {
      for (let c = parseInt(first, 16); c <= parseInt(last ?? first, 16); c += 1) covered.add(c);
    }
  }
  const sentences = readFileSync(at('app', 'locales', 'ko.toml'), 'utf8');
  const missing = new Set(sentences.match(/[가-힣]/g)!.filter((syllable) => !covered.has(syllable.codePointAt(0)!)));
  expect([...missing], 'bin/fonts has to make the slices again').toEqual([]);
  // What a page preloads must be what the style sheet names.
  const code = readFileSync(at('app', 'src', 'components', 'fonts.rs'), 'utf8');
  for (const [, path] of code.matchAll(/"(\/static\/fonts\/[^"]+)"/g)) expect(existsSync(at('public', path)), path).toBe(true);
});

test('the front page has the filters folded on a phone until one is used, and in one line on a wide screen', async ({ page }) => {
  const month = page.getByLabel('Month');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/');
  await expect(month).toBeHidden();
  await page.getByText('Filters').click();
  await expect(month).toBeVisible();
  await page.getByLabel('Sale').selectOption('On sale');
  await page.getByRole('button', { name: 'Find' }).click();
  await expect(page).toHaveURL(/sale=on/);
  await expect(month).toBeVisible();
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto('/');
  await expect(month).toBeVisible();
  await expect(page.getByText('Filters')).toBeHidden();
});

test('on a phone the dates of a concert come before its description', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/concerts/1');
  await expect(page.getByRole('link', { name: /Get tickets/ }).first()).toBeInViewport();
});

test('large maps are accessible', async ({ page }) => {
  await signUp(page);
  for (const schedule of [ARENA, THEATRE]) {
    await join(page, schedule);
    await mapLives(page);
    await assertSound(page, `/schedules/${schedule}/seats`);
  }
  // While the rest of the page has not arrived, the search, which the rest would move, is hidden.
  await page.evaluate(() => document.querySelectorAll('#hall, .booking-more').forEach((late) => late.remove()));
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 800 });
    await expect(page.locator('#best')).toBeHidden();
  }
});

test.describe('at 400% zoom', () => {
  // A window of 1280 by 1024 pixels.
  test.use({ viewport: { width: 320, height: 256 } });

  test('nothing covers what has the focus', async ({ page }) => {
    await page.goto('/sign-up');
    await assertFocusSeen(page, 'sign-up');
    await signUp(page);
    for (const path of ['/concerts/1', `/schedules/${CLUB}/queue`, `/schedules/${THEATRE}/map`]) {
      await page.goto(path);
      if (path.endsWith('map')) await mapLives(page);
      await assertFocusSeen(page, path);
    }
    await join(page, CLUB);
    await mapLives(page);
    await assertFocusSeen(page, 'seats');
    await openList(page);
    await page.locator('.seat input:not(:disabled)').last().check();
    await page.locator('form.hall button[type=submit]').click();
    await page.waitForURL(/checkout$/);
    await assertFocusSeen(page, 'checkout');
  });
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
    await waiting.setViewportSize({ width: 320, height: 256 });
    await assertFocusSeen(waiting, 'waiting room');
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
