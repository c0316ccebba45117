// The seat map: choosing on the picture and in the list, the prices, zoom, the sections of a large hall, the best seats, and
// the countdown.
import { type Page, expect, test } from '@playwright/test';
import { ARENA, CLUB, THEATRE, hold, join, listed, mapLives, openList, signUp } from './fan.ts';

/** The point of the window at which the picture shows a seat, by the accessible name of its check box. */
async function onMap(page: Page, name: string) {
  return page.evaluate((name) => {
    const boxes = [...document.querySelectorAll('.seat-list input')];
    const index = boxes.findIndex((box) => box.getAttribute('aria-label')!.startsWith(name));
    const map = document.querySelector('#map')!;
    const [x, y] = map.getAttribute('data-at')!.split(' ').slice(3 * index, 3 * index + 2).map(Number);
    const [left, top, width] = map.getAttribute('viewBox')!.split(' ').map(Number);
    const place = map.getBoundingClientRect();
    const scale = place.width / width!;
    return { x: place.x + (x! - left!) * scale, y: place.y + (y! - top!) * scale, size: 20 * scale };
  }, name);
}

test('a seat is chosen on the picture or in the list, is shown in both, and is taken off in the bar', async ({ page }) => {
  await signUp(page);
  await join(page, THEATRE);
  await mapLives(page);
  const [middle, end] = [await onMap(page, 'Row A, seat 15, 154,000'), await onMap(page, 'Row A, seat 5, 154,000')];
  // The rows of the stalls are arcs, bent towards the stage: the ends of a row are nearer to the stage (higher up) than
  // its middle.
  expect(end.y).toBeLessThan(middle.y - 5);
  await page.mouse.click(middle.x, middle.y);
  await expect(page.locator('output')).toHaveText('1 seat · 154,000 points');
  await openList(page);
  await expect(listed(page, 'Row A, seat 15, 154,000')).toBeChecked();
  await listed(page, 'Row A, seat 16, 154,000').check();
  await expect(page.locator('.bar-chosen li')).toHaveText([/Stalls, Row A, seat 15.*154,000 points/, /Stalls, Row A, seat 16/]);
  await expect(hold(page)).toHaveText('Hold 2 seats · 308,000');
  const drawn = page.locator('#map .seats-chosen');
  await expect(drawn).toHaveAttribute('d', /^M\d+ \d+h0M\d+ \d+h0$/);
  await page.getByRole('button', { name: 'Remove Stalls, Row A, seat 15' }).click();
  await expect(hold(page)).toHaveText('Hold 1 seat · 154,000');
  await expect(drawn).toHaveAttribute('d', /^M\d+ \d+h0$/);
  await expect(listed(page, 'Row A, seat 15, 154,000')).not.toBeChecked();
});

test('a tap chooses the seat that it hits after the window has another size too', async ({ page }) => {
  await page.setViewportSize({ width: 600, height: 800 });
  await signUp(page);
  await join(page, THEATRE);
  await mapLives(page);
  await page.setViewportSize({ width: 1000, height: 800 });
  const seat = await onMap(page, 'Row C, seat 20, 154,000');
  await page.mouse.click(seat.x, seat.y);
  await expect(page.locator('.bar-chosen li')).toHaveText([/Stalls, Row C, seat 20/]);
});

test('each price shows how many seats are left, follows what others take, and can be shown alone', async ({ page, browser, baseURL }) => {
  const other = await (await browser.newContext({ baseURL })).newPage();
  for (const fan of [page, other]) {
    await signUp(fan);
    await join(fan, THEATRE);
    await mapLives(fan);
  }
  const price = page.getByRole('list', { name: 'Prices' }).getByRole('button', { name: 'Gallery' });
  const before = Number(/(\d+) left/.exec(await price.innerText())![1]);
  await openList(other);
  await listed(other, /Row D, seat 15, 66,000 points/).check();
  await hold(other).click();
  await expect(price).toContainText(`${before - 1} left`);

  await price.click();
  await expect(price).toHaveAttribute('aria-pressed', 'true');
  await expect(page.locator('#map .seats[data-dim]')).toHaveCount(3);
  await price.click();
  await expect(page.locator('#map .seats[data-dim]')).toHaveCount(0);
});

test('the best seats for a party are chosen without leaving the page, and nothing else that is chosen is lost', async ({ page }) => {
  await signUp(page);
  await join(page, THEATRE);
  await mapLives(page);
  await openList(page);
  const own = listed(page, 'Row B, seat 2, 66,000');
  await own.check();
  const find = async (band: RegExp) => {
    await page.getByLabel('Price band').selectOption({ label: (await page.getByRole('option', { name: band }).first().textContent())! });
    await page.getByRole('button', { name: 'Find best seats' }).click();
  };
  await page.getByLabel('How many').selectOption('2');
  await find(/^Balcony/);
  await expect(page.locator('.bar-chosen li')).toHaveText([/^Balcony/, /^Balcony/, /^Gallery/]);
  await find(/^Dress Circle/);
  await expect(page.locator('.bar-chosen li')).toHaveText([/^Dress Circle/, /^Dress Circle/, /^Gallery/]);
  await page.getByLabel('How many').selectOption('4');
  await page.getByRole('button', { name: 'Find best seats' }).click();
  await expect(page.locator('.bar-message')).toHaveText('You can choose up to 4 seats.');
  await expect(own).toBeChecked();
  const before = [/^Dress Circle/, /^Dress Circle/, /^Gallery/];
  await expect(page.locator('.bar-chosen li')).toHaveText(before);
  await page.route(/api\/best/, (route) => route.fulfill({ json: { seat_ids: [], seats: [], closeness: null } }));
  await page.getByRole('button', { name: 'Find best seats' }).click();
  await expect(page.locator('.bar-message')).toHaveText("There aren't that many seats left.");
  await expect(page.locator('.bar-chosen li')).toHaveText(before);
  await expect(page).toHaveURL(/seats$/);
});

test('a search in the address is carried out once, and what is chosen is kept for one fan, up to the limit', async ({ page }) => {
  await signUp(page);
  await join(page, THEATRE);
  await mapLives(page);
  await page.goto(`/schedules/${THEATRE}/seats?party=3&band=`);
  await mapLives(page);
  const chosen = page.locator('.bar-chosen li');
  await expect(chosen).toHaveCount(3);
  await expect(page).toHaveURL(/seats$/);
  await page.locator('.bar-remove').first().click();
  await page.reload();
  await mapLives(page);
  await expect(chosen).toHaveCount(2);

  // Of the four seats that a fan may have, three are taken elsewhere.
  const { seat_ids } = await (await page.request.get(`/api/best?schedule_id=${THEATRE}&party=3&band=Balcony`)).json();
  const form = { schedule_id: String(THEATRE), ...Object.fromEntries(seat_ids.map((id: number, at: number) => [`seat_ids[${at}]`, String(id)])) };
  expect((await page.request.post('/api/hold', { form })).status()).toBe(200);
  await page.reload();
  await mapLives(page);
  await expect(chosen).toHaveCount(1);
  await expect(page.locator('.bar-message')).toContainText('so these are no longer selected: Stalls, Row');
  // Not on the map, which would load itself again.
  await page.goto('/');
  await page.request.post('/api/release', { form: { schedule_id: String(THEATRE) } });

  await page.context().clearCookies();
  await signUp(page);
  await join(page, THEATRE);
  await mapLives(page);
  await expect(chosen).toHaveCount(0);
});

test('the best seats of a large hall are chosen in whichever section they are', async ({ page }) => {
  await signUp(page);
  await join(page, ARENA);
  await mapLives(page);
  const { seats } = await (await page.request.get(`/api/best?schedule_id=${ARENA}&party=2`)).json();
  const section: string = seats[0].section;
  const other = page.locator('.sections li a').filter({ hasNotText: section }).last();
  await page.goto((await other.getAttribute('href'))!);
  await mapLives(page);
  await page.getByLabel('How many').selectOption('2');
  await page.getByRole('button', { name: 'Find best seats' }).click();
  const chosen = page.locator('.bar-chosen li');
  await expect(chosen).toHaveText([new RegExp(`^${section}, Row`), new RegExp(`^${section}, Row`)]);
  await expect(page.locator('.bar-message')).toContainText(`The best seats are in ${section}.`);
  await expect(hold(page)).toContainText('Hold 2 seats');
  await page.getByRole('link', { name: `Show ${section}` }).click();
  await expect(page.locator('.section-picker > summary')).toContainText(section);
  await mapLives(page);
  await expect(page.locator('.seat input:checked')).toHaveCount(2);
  await expect(chosen).toHaveCount(2);
});

test('anybody can look at the map and its prices before queueing, and choose nothing', async ({ page }) => {
  await page.goto('/concerts/2');
  await page.getByRole('link', { name: /^Seats and prices/ }).first().click();
  await mapLives(page);
  const { x, y } = await onMap(page, 'Row A, seat 15, 154,000');
  await page.mouse.click(x, y);
  await expect(page.locator('.bar-message')).toContainText('Row A, seat 15, 154,000 points');
  await expect(page.locator('.bar-chosen li')).toHaveCount(0);
  await openList(page);
  await expect(listed(page, 'Row A, seat 15, 154,000')).toBeDisabled();
  await page.getByRole('link', { name: 'Join the queue' }).click();
  await expect(page).toHaveURL(/sign-in/);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('the map fills the screen at first, with seats for a finger, and a tap on the whole hall enlarges it', async ({ page }) => {
    await signUp(page);
    await join(page, THEATRE);
    await mapLives(page);
    const view = (await page.locator('.map-view').boundingBox())!;
    expect(view.y).toBeLessThan(140);
    expect(view.height).toBeGreaterThan(600);
    const name = 'Row C, seat 15, 154,000';
    expect((await onMap(page, name)).size).toBeGreaterThan(23.5);
    // The style sheet alone makes the seats as large.
    await expect(page.locator('[data-sized]')).toHaveCount(0);

    await page.getByRole('button', { name: 'Show the whole hall' }).tap();
    await expect.poll(async () => (await onMap(page, name)).size).toBeLessThan(14);
    await expect(page.locator('.map-small')).toBeHidden();
    const small = await onMap(page, name);
    await page.touchscreen.tap(small.x, small.y);
    await expect.poll(async () => (await onMap(page, name)).size).toBeGreaterThanOrEqual(28);
    await expect(page.locator('.bar-chosen li')).toHaveCount(0);
    await expect(page.locator('.map-small')).toBeVisible();
    const large = await onMap(page, name);
    await page.touchscreen.tap(large.x, large.y);
    await expect(page.locator('.bar-chosen li')).toHaveText([/^Stalls, Row C, seat 15/]);
  });

  test('the bar leads to the search for the best seats while nothing is chosen', async ({ page }) => {
    await signUp(page);
    await join(page, CLUB);
    await mapLives(page);
    const best = page.getByRole('button', { name: 'Hold the best seats' });
    await expect(best).not.toBeInViewport();
    await page.locator('.bar-best').tap();
    await expect(best).toBeInViewport();
    await page.getByRole('button', { name: 'Find best seats' }).tap();
    await expect(page.locator('.bar-chosen li')).toHaveCount(2);
    await expect(page.locator('.bar-best')).toBeHidden();
  });

  test('the focus lies over its seat, also in a hall smaller than the view and after a zoom', async ({ page }) => {
    await signUp(page);
    await join(page, CLUB);
    await mapLives(page);
    const cursor = page.locator('.map-cursor:visible');
    const apart = async () => {
      const name = (await cursor.getAttribute('aria-label'))!;
      const [seat, ring] = [await onMap(page, name), (await cursor.boundingBox())!];
      return Math.hypot(seat.x - ring.x - ring.width / 2, seat.y - ring.y - ring.height / 2);
    };
    expect(await apart()).toBeLessThan(2);
    await cursor.focus();
    await page.keyboard.press('ArrowDown');
    expect(await apart()).toBeLessThan(2);
    await page.getByRole('button', { name: 'Zoom in' }).tap();
    await expect.poll(apart).toBeLessThan(2);
  });

  test('two fingers zoom', async ({ page }) => {
    await signUp(page);
    await join(page, CLUB);
    await mapLives(page);
    const map = page.locator('#map');
    const before = (await map.boundingBox())!.width;
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

test('seats of two sections of a large hall are chosen and held together, and another language loses none', async ({ page }) => {
  await signUp(page);
  await join(page, ARENA);
  await mapLives(page);
  const first = page.locator('.seat-list input:not(:disabled)').first();
  await openList(page);
  await first.check();
  // The picture of the sections is unfolded until one is chosen.
  const picker = page.locator('.section-picker');
  await expect(picker.locator('summary').first()).toHaveText('Choose a section');
  await page.locator('.overview a').filter({ hasText: 'Block 113' }).click();
  await page.waitForURL(/section=/);
  await mapLives(page);
  await expect(picker.locator('summary').first()).toContainText('Block 113');
  await expect(page.locator('.overview')).toBeHidden();
  await expect(page.locator('fieldset.section')).toHaveCount(1);
  await expect(page.locator('.bar-chosen li')).toHaveText([/^Block 101/]);
  await openList(page);
  await first.check();
  await expect(page.locator('.bar-chosen li')).toHaveText([/^Block 113/, /^Block 101/]);
  await page.getByRole('button', { name: '한국어' }).click();
  await mapLives(page);
  await expect(page.locator('.bar-chosen li')).toHaveCount(2);
  await expect(hold(page)).toContainText('2석');
  await hold(page).click();
  await page.waitForURL(/checkout/);
  await expect(page.locator('.bill').first().locator('tbody tr')).toHaveCount(2);
  await page.goto(`/schedules/${ARENA}/seats`);
  await mapLives(page);
  await expect(page.locator('.bar-chosen li')).toHaveCount(0);
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

test('a map whose event stream is refused says so, and opens it again', async ({ page }) => {
  await page.route('**/events/**', (route) => route.fulfill({ status: 503 }));
  await page.goto(`/schedules/${THEATRE}/map`);
  await mapLives(page);
  const notice = page.getByText('this page may be out of date');
  await expect(notice).toBeVisible();
  // That the browser has a connection is no reason to hide the notice.
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await expect(notice).toBeVisible();
  await page.unroute('**/events/**');
  await expect(notice).toBeHidden();
});
