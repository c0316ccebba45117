// A venue's week, from the empty database to the closed books: an owner, a Korean fan on a phone, and an
// English-speaking fan who uses only the keyboard.
import { type Page, expect, test } from '@playwright/test';
import { EMPTY } from '../servers.ts';
import { another, chargeAndPay, hold, keyboard, listed, mapLives, openList, ownHouse } from './fan.ts';

const DAY = 86_400_000, MINUTE = 60_000;
const EMAILS = { owner: 'sora@example.net', minji: 'minji@example.net', kay: 'kay@example.net' };

/** The local time in Korea at `at` (Unix time in milliseconds), as the value of a `datetime-local` field. */
const inKorea = (at: number) => new Date(at + 9 * 60 * MINUTE).toISOString().slice(0, 16);

let house: Awaited<ReturnType<typeof ownHouse>>;
test.beforeAll(async () => {
  house = await ownHouse(EMPTY, {});
});
test.afterAll(() => house.close());
test.use({ baseURL: EMPTY });

async function open(page: Page, ...names: string[]) {
  const [menu, name] = names.length > 1 ? names : ['Back office', names[0]];
  await page.getByRole('navigation', { name: menu }).getByRole('link', { name, exact: true }).click();
}

test('a week at the venue', async ({ browser }) => {
  const options = { baseURL: EMPTY };
  const owner = await another(browser, options);
  const minji = await another(browser, { ...options, locale: 'ko-KR', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const kay = await another(browser, options);
  const keys = keyboard(kay);

  await test.step('Monday: accounts are opened, and the machine makes one of them the owner', async () => {
    const account = { password: 'a long password' };
    for (const [page, name, email] of [[owner, 'Sora Lim', EMAILS.owner], [minji, '박민지', EMAILS.minji]] as const) {
      await page.goto('/sign-up');
      for (const [id, text] of Object.entries({ name, email, ...account })) await page.locator(`#${id}`).fill(text);
      await page.locator('form[action="/api/sign-up"] button').click();
      await page.waitForURL('/');
    }
    await kay.goto('/sign-up');
    await keys.fillIn({ name: 'Kay Board', email: EMAILS.kay, ...account });
    await kay.waitForURL('/');
    house.run('staff', 'add', EMAILS.owner);
    await owner.reload();
  });

  await test.step('The owner draws a hall and announces a concert', async () => {
    await owner.getByRole('link', { name: 'Box office' }).click();
    await open(owner, 'Halls');
    await owner.getByRole('link', { name: 'Draw a hall' }).click();
    await owner.getByLabel('Hall name').fill('The Annex');
    for (const [label, text] of [['Rows', '6'], ['Seats in the front row', '8'], ['Seats in the last row', '8']]) {
      await owner.getByLabel(label, { exact: true }).fill(text);
    }
    await owner.getByLabel('Price bands by row').fill('A-B: Premium; C-F: Standard');
    await owner.getByRole('button', { name: 'Save' }).click();
    await open(owner, 'Programme');
    await owner.getByRole('link', { name: 'Add a concert' }).click();
    for (const [label, text] of [['Title', 'Small Hours'], ['Performer', 'Trio Nabi'], ['Venue', 'The Annex']]) {
      await owner.getByLabel(label).fill(text);
    }
    await owner.getByRole('main').getByRole('button', { name: 'Save' }).first().click();
    await owner.getByRole('button', { name: 'Publish' }).click();
  });

  await test.step('A date with its prices; one seat is kept back', async () => {
    await owner.getByRole('link', { name: 'Add a date' }).click();
    // The opening is on a full minute, and so late that both fans are in the lobby before it even on a slow machine.
    const opening = Math.ceil((Date.now() + 2.5 * MINUTE) / MINUTE) * MINUTE;
    await owner.getByLabel('The show begins').fill(inKorea(opening + 14 * DAY));
    await owner.getByLabel('The sale opens').fill(inKorea(opening));
    await owner.getByLabel('The sale ends').fill(inKorea(opening + 13 * DAY));
    await owner.getByRole('main').getByRole('button', { name: 'Save' }).first().click();
    await owner.getByRole('button', { name: 'Use this plan' }).click();
    await owner.getByLabel('Premium').fill('90,000');
    await owner.getByLabel('Standard').fill('60,000');
    await owner.getByRole('button', { name: /^Build the hall/ }).click();
    await owner.getByRole('button', { name: 'Publish' }).click();
    await expect(owner.getByText('Published. Fans can see it now.')).toBeVisible();
    await open(owner, 'Date', 'House seats');
    await openList(owner);
    await listed(owner, /Row A, seat 1, /).check();
    await owner.getByLabel('Reason', { exact: true }).fill('the photographer');
    await owner.getByRole('button', { name: 'Keep these seats back' }).click();
    await expect(owner.getByText('the photographer')).toBeVisible();
  });

  await test.step('Two fans find it and wait in the lobby', async () => {
    await minji.goto('/?q=나비');
    await expect(minji.getByText('Small Hours')).toHaveCount(0);
    await minji.goto('/?q=nabi');
    await minji.getByRole('link', { name: 'Small Hours' }).tap();
    await minji.getByRole('link', { name: /사전 대기실 입장하기/ }).tap();
    await minji.getByRole('button', { name: /사전 대기실 입장하기/ }).tap();
    await kay.goto('/');
    await keys.follow('.card-link', /concerts/);
    await keys.follow('a[href$="/queue"]', /queue/);
    await keys.tabTo('form[action="/api/queue/join"] button');
    await keys.press('Enter');
    await expect(kay.getByRole('heading', { name: "You're in the waiting room" })).toBeVisible();
  });

  await test.step('Tuesday: the sale opens, and both choose', async () => {
    for (const fan of [minji, kay]) await fan.waitForURL(/seats$/);
    await mapLives(minji);
    await minji.getByLabel('인원').selectOption('2');
    await minji.getByRole('button', { name: '찾기' }).tap();
    await expect(minji.locator('output')).toHaveText('2석 · 180,000포인트');
    await hold(minji).tap();
    await chargeAndPay(minji);
    await expect(minji.getByRole('heading', { name: '예매가 완료되었습니다!' })).toBeVisible();

    await mapLives(kay);
    await keys.tabTo('.map-cursor');
    for (const key of ['PageDown', 'PageDown', 'PageDown', 'End', 'Space']) await keys.press(key);
    await expect(kay.locator('.bar-chosen li')).toHaveText([/Row D, seat 8/]);
    await keys.follow('form.hall button[type=submit]', /checkout/);
    await keys.follow('form[action="/api/purchase"] button', /tickets$/);
    await expect(kay.getByText('Stalls, row D, seat 8')).toBeVisible();
  });

  await test.step('Wednesday: one of two tickets is given back for its full price', async () => {
    await minji.locator('a[href$="/cancel"]').first().tap();
    await minji.getByRole('button', { name: /90,000포인트/ }).tap();
    await expect(minji.getByRole('status').filter({ hasText: '90,000포인트' })).toBeVisible();
    await expect(minji.locator('a[href$="/cancel"]')).toHaveCount(1);
  });

  await test.step('Thursday: a ticket for cash at the window', async () => {
    await openList(owner);
    await listed(owner, /Row E, seat 8, /).check();
    await owner.getByLabel('email address (optional)').fill(EMAILS.kay);
    await owner.getByRole('button', { name: 'Sell these seats' }).click();
    await expect(owner.getByRole('heading', { name: 'Kay Board' })).toBeVisible();
  });

  await test.step('Thursday evening: the cash is counted', async () => {
    await open(owner, 'Window');
    await owner.getByRole('link', { name: 'Till' }).click();
    const expected = await owner.locator('.facts > div', { hasText: 'Expected' }).locator('dd').innerText();
    await expect(owner.getByRole('row', { name: /^Tickets/ })).toContainText(`+${expected}`);
    await owner.getByLabel('Cash at the start').fill('0');
    await owner.getByLabel('Counted').fill('1,000');
    await owner.getByRole('button', { name: 'Close the shift' }).click();
    await expect(owner.getByLabel('Why it differs')).toBeFocused();
    await owner.getByLabel('Counted').fill(expected);
    await owner.getByRole('button', { name: 'Close the shift' }).click();
    await expect(owner.locator('.facts > div', { hasText: 'Difference' }).locator('dd')).toHaveText('0');
  });

  await test.step('Friday: the door', async () => {
    await kay.goto('/tickets');
    await keys.follow('a[aria-label^="Show ticket"][aria-label*="row D, seat 8"]', /tickets\/[\w-]+$/);
    const code = await kay.locator('.pass-code').first().innerText();
    await open(owner, 'Door');
    await owner.getByRole('link', { name: /Small Hours/ }).first().click();
    const check = async () => {
      await owner.getByLabel('Ticket code').fill(code);
      await owner.getByRole('button', { name: 'Check' }).click();
    };
    await check();
    await expect(owner.getByText(/Too early/)).toBeVisible();
    await owner.getByRole('button', { name: 'Let in anyway' }).click();
    await expect(owner.getByText(/^Valid$/)).toBeVisible();
    await check();
    await expect(owner.getByText(/Already used at/)).toBeVisible();
  });

  await test.step('Sunday: the books agree to the last point, and every invariant holds', async () => {
    await open(owner, 'Books');
    const cells = owner.getByRole('row', { name: /Small Hours/ }).getByRole('cell');
    await expect(cells).toHaveText([/Small Hours/, /./, '3', '1', '300,000', '90,000', '210,000']);
    for (const [name, amount] of [['Added', '300,000'], ['Spent', '−300,000'], ['Refunded', '90,000'], ['Outstanding balance', '90,000']]) {
      await expect(owner.getByRole('row', { name: new RegExp(`^${name}`) })).toContainText(amount);
    }
    expect(house.run('check')).not.toContain('BROKEN');
  });
});
