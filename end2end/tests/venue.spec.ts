// What an owner does on the pages of the site: halls, concerts, dates, posters and invitations.
import { type Locator, type Page, expect, test } from '@playwright/test';
import { another, chargeAndPay, hold, listed, mapLives, openList, signIn, signUp } from './fan.ts';

/** The UTC date `days` days from now, with `time`, as the value of a `datetime-local` field. */
const inDays = (days: number, time: string) =>
  `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)}T${time}`;

const save = (page: Page) => page.getByRole('main').getByRole('button', { name: 'Save' }).first().click();

test('an owner draws a hall, publishes a concert, sells a date, and a fan cancels one of two tickets', async ({ browser, page }) => {
  const title = `Night Train ${Date.now()}`;
  await signIn(page, 'staff@example.org');
  await page.getByRole('link', { name: 'Box office' }).click();
  await page.getByRole('link', { name: 'Halls' }).click();
  await page.getByRole('link', { name: 'Draw a hall' }).click();
  await expect(page.locator('[data-live=preview]')).toBeVisible();
  await page.getByLabel('Hall name').fill(title);
  await page.getByLabel('Rows', { exact: true }).fill('5');
  await page.getByLabel('Seats in the front row').fill('8');
  await page.getByLabel('Seats in the last row').fill('8');
  await page.getByLabel('Price bands by row').fill('A-B: Premium; C-E: Standard');
  await page.getByLabel('Special seats').fill('A 1-2: wheelchair');
  await expect(page.getByText('Premium, wheelchair space: 2 seats')).toBeVisible();
  await expect(page.getByRole('img', { name: /40 seats/ })).toBeVisible();
  await page.getByLabel('Price bands by row').fill('A-Z: Premium');
  await expect(page.getByText("Stalls: “A-Z: Premium” can't be understood, or names a row or seat that doesn't exist.")).toBeVisible();
  await expect(page.getByText('Premium, wheelchair space: 2 seats'), 'the last picture stays').toBeVisible();
  await page.getByLabel('Price bands by row').fill('A-B: Premium; C-: Standard');
  await expect(page.getByText("can't be understood")).toHaveCount(0);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();

  await page.getByRole('navigation', { name: 'Back office' }).getByRole('link', { name: 'Programme' }).click();
  await page.getByRole('link', { name: 'Add a concert' }).click();
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Performer').fill('The Sleepers');
  await page.getByLabel('Venue').fill('Maru Club');
  await page.getByLabel('Time zone').fill('Asia/Soul');
  await save(page);
  await expect(page.getByLabel('Time zone')).toHaveAccessibleDescription(/Please enter a time zone/);
  await expect(page.getByLabel('Title')).toHaveValue(title);
  await page.getByLabel('Time zone').fill('Asia/Seoul');
  await save(page);
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByText('Published. Fans can see it now.')).toBeVisible();

  await page.getByRole('link', { name: 'Add a date' }).click();
  await page.getByLabel('The show begins').fill(inDays(30, '19:30'));
  await page.getByLabel('The sale opens').fill(inDays(-2, '10:00'));
  await save(page);
  await expect(page.getByLabel('The sale ends'), 'left empty: the sale then ends when the show begins').toHaveValue('');
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('alert')).toHaveText('This date has no seats yet. Build its hall first.');
  await page.getByLabel('Seating plan').selectOption({ label: `${title} (40 seats)` });
  await page.getByRole('button', { name: 'Use this plan' }).click();
  await page.getByLabel('Premium').fill('90,000');
  await page.getByLabel('Standard').fill('x');
  await page.getByRole('button', { name: 'Build the hall with 40 seats' }).click();
  await expect(page.getByLabel('Standard')).toHaveAccessibleDescription(/Please enter a price/);
  await page.getByLabel('Standard').fill('60,000');
  await page.getByRole('button', { name: 'Build the hall with 40 seats' }).click();
  await expect(page.getByText('The hall is built: 40 seats.')).toBeVisible();
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByText('Published. Fans can see it now.')).toBeVisible();

  const fan = await another(browser, {});
  await signUp(fan);
  await fan.getByRole('link', { name: title }).click();
  await fan.getByRole('button', { name: /Get tickets/ }).click();
  await mapLives(fan);
  await openList(fan);
  await listed(fan, 'Row A, seat 4, 90,000 points, available').check();
  await listed(fan, 'Row C, seat 4, 60,000 points, available').check();
  await hold(fan).click();
  await chargeAndPay(fan);
  await fan.getByRole('link', { name: 'Cancel ticket for Stalls, row C, seat 4' }).click();
  await fan.getByRole('link', { name: 'Keep the ticket' }).click();
  await fan.getByRole('link', { name: 'Cancel ticket' }).first().click();
  await fan.getByRole('button', { name: 'Cancel and get 60,000 points back' }).click();
  await expect(fan.getByText('Refunded to the points balance: 60,000 points.')).toBeVisible();
  await expect(fan.getByText('Stalls, row A, seat 4')).toBeVisible();
  await expect(fan.getByText('cancelled, 60,000 points refunded')).toBeHidden();
  await fan.getByText('Cancelled and expired').click();
  await expect(fan.getByText('cancelled, 60,000 points refunded')).toBeVisible();

  // The price of a band with a sold seat cannot change, and the message names that seat.
  await page.getByLabel(/Premium/).fill('95,000');
  await page.getByRole('button', { name: 'Save prices' }).click();
  await expect(page.getByRole('alert')).toContainText('Stalls, row A, seat 4');

  await page.getByRole('link', { name: 'Log' }).click();
  await page.getByLabel('Search by person, subject or note').fill(title);
  await page.getByRole('button', { name: 'Find' }).click();
  await expect(page.getByRole('row', { name: /Hall built/ })).toHaveCount(1);
});

test('a hall is drawn without a script too', async ({ browser }) => {
  const page = await another(browser, { javaScriptEnabled: false });
  await signIn(page, 'staff@example.org');
  await page.goto('/staff/plans/new');
  await page.getByLabel('Hall name').fill('By hand');
  await page.getByLabel('Rows', { exact: true }).fill('4');
  await page.getByRole('button', { name: 'Add a block' }).click();
  await expect(page.getByLabel('Hall name')).toHaveValue('By hand');
  await page.getByLabel('Block name').nth(1).fill('Circle');
  await page.getByRole('button', { name: 'Show the picture' }).last().click();
  await expect(page.getByText('Stalls: 80 seats')).toBeVisible();
  await expect(page.getByText('Circle: 80 seats')).toBeVisible();
  await page.getByRole('button', { name: 'Remove Circle' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByRole('img', { name: /80 seats/ })).toBeVisible();
});

/** Opens the page on which a new hall is drawn, and waits until it can be edited on the picture. */
async function drawHall(page: Page, name: string) {
  await signIn(page, 'staff@example.org');
  await page.goto('/staff/plans/new');
  await expect(page.locator('[data-live=preview]')).toBeVisible();
  await expect(page.locator('[data-live=hall]')).toBeVisible();
  await page.getByLabel('Hall name').fill(name);
}

/** Drags an element from its middle by so many pixels; halfway it waits for `halfway`. */
async function dragBy(page: Page, element: Locator, dx: number, dy: number, halfway = () => Promise.resolve()) {
  await element.scrollIntoViewIfNeeded();
  const box = (await element.boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx / 2, y + dy / 2);
  await halfway();
  await page.mouse.move(x + dx, y + dy);
  await page.mouse.up();
}

/** Where a seat of the first block is on the screen. */
function seatOnScreen(page: Page, row: string, number: string) {
  return page.evaluate(([row, number]) => {
    for (const path of document.querySelectorAll<SVGPathElement>(`[data-block="0"] [data-row="${row}"]`)) {
      const index = path.dataset.numbers!.split(' ').indexOf(number);
      if (index < 0) continue;
      const points = [...path.getAttribute('d')!.matchAll(/M(-?[\d.]+) (-?[\d.]+)/g)];
      const point = new DOMPoint(Number(points[index][1]), Number(points[index][2]));
      const { x, y } = point.matrixTransform(path.getScreenCTM()!);
      return { x, y };
    }
    throw new Error(`There is no seat ${row} ${number}`);
  }, [row, number]);
}

const undo = (page: Page) => page.getByRole('button', { name: 'Undo', exact: true });

test('a block is dragged, moved and turned on the picture, and the saved hall keeps it', async ({ page }) => {
  await drawHall(page, 'Dragged');
  const block = page.locator('[data-handle="0"]');
  const [x, y, angle] = [page.locator('#block_0_x'), page.locator('#block_0_y'), page.locator('#block_0_angle')];
  // The name that was typed just before becomes a state to undo to at some time during the drag, and the drag does not.
  const isRecorded = () => page.waitForFunction(() => JSON.stringify(sessionStorage).includes('Dragged'));
  await dragBy(page, block, 60, 40, async () => void (await isRecorded()));
  await expect(x).not.toHaveValue('0');
  await expect(y).not.toHaveValue('2');
  const [right, back] = [Number(await x.inputValue()), Number(await y.inputValue())];
  expect([right > 0, back > 2, (right * 2) % 1, (back * 2) % 1], 'half steps').toEqual([true, true, 0, 0]);
  await expect(page.locator('[data-block="0"]'), 'the server draws it there').toHaveAttribute('data-x', String(right));
  await undo(page).click();
  await expect(x).toHaveValue('0');
  await expect(y).toHaveValue('2');
  await expect(page.getByRole('button', { name: 'Redo' })).toBeEnabled();
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(x).toHaveValue(String(right));

  await block.focus();
  await page.keyboard.press('ArrowLeft');
  await expect(x).toHaveValue(String(right - 1));
  await page.keyboard.press('ControlOrMeta+z');
  await expect(x).toHaveValue(String(right));
  await page.keyboard.press('ControlOrMeta+Shift+z');
  await expect(x).toHaveValue(String(right - 1));
  await page.keyboard.press(']');
  await expect(angle).toHaveValue('5');
  await page.getByRole('button', { name: 'Centre' }).click();
  await expect(x).toHaveValue('0');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(x).toHaveValue('0');
  await expect(y).toHaveValue(String(back));
  await expect(angle).toHaveValue('5');
});

test('seats are left out by a click and put back, and blocks stay open while others are added', async ({ page }) => {
  await drawHall(page, 'With a mixing desk');
  const special = page.getByLabel('Special seats').first();
  const click = async (row: string, number: string) => {
    await page.locator('[data-handles]').scrollIntoViewIfNeeded();
    const { x, y } = await seatOnScreen(page, row, number);
    await page.mouse.click(x, y);
  };
  await page.getByRole('button', { name: 'Leave out seats' }).click();
  await click('A', '3');
  await expect(special).toHaveValue('A 3: none');
  await expect(page.getByText('Stalls: 199 seats')).toBeVisible();
  await click('A', '4');
  await expect(special).toHaveValue('A 3-4: none');
  await expect(page.getByText('Stalls: 198 seats')).toBeVisible();
  await click('A', '3');
  await expect(special).toHaveValue('A 4: none');
  await expect(page.getByText('Stalls: 199 seats')).toBeVisible();
  await page.getByRole('button', { name: 'Leave out seats' }).click();

  const [all, open] = [page.locator('details.block'), page.locator('details.block[open]')];
  for (const count of [2, 3, 4]) {
    await page.getByRole('button', { name: 'Add a block' }).click();
    await expect(all).toHaveCount(count);
    await expect(open, 'every block stays open').toHaveCount(count);
  }
  await page.locator('details.block summary').nth(1).click();
  await expect(open).toHaveCount(3);
  await page.getByRole('button', { name: 'Copy Stalls' }).click();
  await expect(all).toHaveCount(5);
  await expect(open).toHaveCount(4);
  await undo(page).click();
  await expect(all).toHaveCount(4);
  await expect(special, 'the other values stay').toHaveValue('A 4: none');
});

test('a plan with a mistake is refused, with where the mistake is, and a valid plan is saved', async ({ page }) => {
  await signIn(page, 'staff@example.org');
  await page.goto('/staff/plans');
  const seat = (number: string, x: number) => ({ seat_guid: `g${number}`, seat_number: number, position: { x, y: 0 }, category: 'Front' });
  const plan = (seats: object[]) => JSON.stringify({
    name: 'From elsewhere', categories: [{ name: 'Front', color: '#336699' }], size: { width: 200, height: 100 },
    zones: [{ name: 'Floor', position: { x: 50, y: 50 }, rows: [{ row_number: '1', seats }], areas: [] }],
  });
  await page.getByLabel('Or paste it here').fill(plan([seat('1', 0), seat('on the left', 25)]));
  await page.getByRole('button', { name: 'Import' }).click();
  await expect(page.getByRole('alert')).toHaveText(/Floor, row 1, seat on the left: “on the left” is not a seat number/);
  await expect(page.getByLabel('Or paste it here')).toHaveValue(/From elsewhere/);
  await expect(page.getByText('No file chosen')).toBeVisible();
  await page.getByLabel('File', { exact: true }).setInputFiles({ name: 'plan.json', mimeType: 'application/json', buffer: Buffer.from(plan([seat('1', 0), seat('2', 25)])) });
  await expect(page.getByRole('status').filter({ hasText: 'plan.json' })).toBeVisible();
  await page.getByRole('button', { name: 'Import' }).click();
  await expect(page.getByRole('heading', { name: 'From elsewhere' })).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download as JSON' }).click();
  expect((await download).suggestedFilename()).toMatch(/^seating-plan-\d+\.json$/);
});

test('the first to accept an invitation becomes staff', async ({ browser, page }) => {
  await signIn(page, 'staff@example.org');
  await page.goto('/staff/team');
  await page.getByLabel('Who is it for?').fill('Yuna at the window');
  await page.getByLabel('Role', { exact: true }).selectOption('Box office');
  await page.getByRole('button', { name: 'Create a one-time link' }).click();
  const link = new URL(await page.getByLabel('One-time link').inputValue()).pathname;
  const yuna = await another(browser, {});
  await signUp(yuna, '/', 'Yuna Han');
  await yuna.goto(link);
  await yuna.getByRole('button', { name: 'Accept the invitation' }).click();
  await expect(yuna.getByText('Welcome to the team.')).toBeVisible();
  await expect(yuna.getByRole('navigation', { name: 'Back office' }).getByRole('link')).toHaveText(['Sales', 'Window', 'Door', 'Books']);
  expect((await yuna.goto('/staff/concerts'))?.status()).toBe(403);
  const late = await another(browser, {});
  await signUp(late);
  await late.goto(link);
  await late.getByRole('button', { name: 'Accept the invitation' }).click();
  await expect(late.getByRole('alert')).toHaveText('This invitation has already been used, has been revoked, or has expired.');
});

test('a poster is checked and shown, and a file that is no picture is refused', async ({ page }) => {
  await signIn(page, 'staff@example.org');
  await page.goto('/staff/concerts/3');
  await page.locator('#file').setInputFiles({ name: 'poster.png', mimeType: 'image/png', buffer: Buffer.from('<svg/>') });
  await page.getByRole('button', { name: 'Use this picture' }).click();
  await expect(page.getByRole('alert')).toContainText('Please choose a JPEG, PNG or WebP picture');
  const picture = await page.screenshot();
  await page.locator('#file').setInputFiles({ name: 'poster.png', mimeType: 'image/png', buffer: picture });
  await page.getByRole('button', { name: 'Use this picture' }).click();
  await expect(page.locator('img.poster')).toHaveJSProperty('naturalWidth', 960);
  await page.getByRole('button', { name: 'Remove the picture' }).click();
  await expect(page.locator('svg.poster')).toBeVisible();
});
