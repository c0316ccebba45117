// What happens around a sale: a forgotten password, a customer without an account, a waiting list, a ticket that is handed
// on, one that is exchanged, a show that is moved and then called off, and a fan who leaves. There is no mail server, so
// the mails wait where the owner reads them.
import { type BrowserContext, type Page, expect, test } from '@playwright/test';
import { NIGHT } from '../servers.ts';
import { CLUB, SOLD_OUT, THEATRE, another, chargeAndPay, hold, join, listed, mapLives, openList, ownHouse, signIn, signUp } from './fan.ts';

// The tests of this file share a server, so they run one after the other.
test.describe.configure({ mode: 'default' });
let house: Awaited<ReturnType<typeof ownHouse>>;
test.beforeAll(async () => {
  house = await ownHouse(NIGHT, { ENCORE_SELLER_NAME: 'Maru Club Ltd' }, ['demo']);
});
test.afterAll(() => house.close());
test.use({ baseURL: NIGHT });
const options = { baseURL: NIGHT };

/** Signs in with the form of the page that is open. */
async function signInHere(page: Page, email: string, password: string) {
  await page.locator('#email').fill(email);
  await page.locator('#password').fill(password);
  await page.locator('form[action="/api/sign-in"] button').click();
}

test('a forgotten password is reset without scripts, and the seller is named on each page', async ({ browser }) => {
  const owner = await another(browser, options);
  await signIn(owner, 'staff@example.org');
  const fan = await another(browser, { ...options, javaScriptEnabled: false });
  await fan.goto('/sign-in');
  await expect(fan.getByRole('contentinfo')).toContainText('Maru Club Ltd');
  await fan.getByRole('link', { name: 'Forgot your password?' }).click();
  await fan.getByLabel('Email address').fill('mina@example.org');
  await fan.getByRole('button', { name: 'Send the link' }).click();
  await expect(fan.getByRole('status').filter({ hasText: 'on its way' })).toBeVisible();

  await owner.goto('/staff/mail');
  await owner.getByRole('row', { name: /mina@example.org/ }).getByRole('link', { name: 'Set a new password' }).click();
  const text = await owner.locator('.mail-text').textContent();
  const link = /http:\S+\/password\/\S+/.exec(text!)![0];

  await fan.goto(link);
  await fan.getByLabel('New password').fill('short');
  await fan.getByRole('button', { name: 'Set new password' }).click();
  await expect(fan.locator('#password')).toHaveAttribute('aria-invalid', 'true');
  await fan.getByLabel('New password').fill('a much longer password');
  await fan.getByRole('button', { name: 'Set new password' }).click();
  await expect(fan.getByText('Your new password is set.')).toBeVisible();
  await signInHere(fan, 'mina@example.org', 'a much longer password');
  await expect(fan.getByRole('link', { name: 'My tickets' })).toBeVisible();
  await fan.goto(link);
  await expect(fan.getByRole('heading', { name: 'This link no longer works' })).toBeVisible();
});

test('the counter sells to a name, and shows the ticket', async ({ browser }) => {
  const staff = await another(browser, options);
  await signIn(staff, 'box@example.org');
  await staff.goto(`/staff/schedules/${THEATRE}/house`);
  await mapLives(staff);
  await openList(staff);
  await listed(staff, 'Row J, seat 1, 154,000').check();
  await staff.getByRole('button', { name: 'Sell' }).click();
  await expect(staff.locator('#name')).toHaveAttribute('aria-invalid', 'true');
  await staff.locator('#name').fill('Yuna Walk-Up');
  await staff.getByRole('button', { name: 'Sell' }).click();
  await expect(staff.getByRole('heading', { name: 'Yuna Walk-Up' })).toBeVisible();
  await expect(staff.getByText('No email address')).toBeVisible();
  await staff.getByRole('link', { name: 'Show or print tickets' }).click();
  await expect(staff.getByRole('img', { name: /QR code/ })).toBeVisible();
  await staff.emulateMedia({ media: 'print' });
  await expect(staff.locator('.pass-code')).toBeVisible();
  await expect(staff.locator('header.header')).toBeHidden();
});

/** The session of a fan without scripts who has a ticket of the date that is sold out. */
let buyer: Awaited<ReturnType<BrowserContext['storageState']>>;

test('a seat that comes back is offered to the first on the waiting list, and then to the next', async ({ browser }) => {
  const owner = await another(browser, options);
  await signIn(owner, 'staff@example.org');
  /** Cancels the nth ticket of the date that is sold out, at the counter. */
  const cancel = async (nth: number) => {
    await owner.goto(`/staff/tickets/${nth}`);
    await owner.locator('form[action$="/cancel"] [name=reason]').fill('asked for it');
    await owner.locator('form[action$="/cancel"] button').click();
    await expect(owner.getByRole('status').filter({ hasText: 'cancelled' })).toBeVisible();
  };
  // The first fan has no scripts.
  const first = await another(browser, { ...options, javaScriptEnabled: false });
  await signUp(first);
  await first.goto('/concerts/1');
  await first.getByRole('link', { name: /Join the waiting list/ }).click();
  await first.getByLabel('Party').selectOption('1');
  await first.getByRole('button', { name: 'Join the waiting list' }).click();
  await expect(first.getByText('You\'re next if a seat suits you.')).toBeVisible();
  const second = await another(browser, options);
  await signUp(second, `/schedules/${SOLD_OUT}/queue`);
  await second.getByRole('link', { name: 'Join the waiting list' }).click();
  await second.getByLabel('Party').selectOption('1');
  await second.getByRole('button', { name: 'Join the waiting list' }).click();
  await expect(second.getByText('1 party joined before you.')).toBeVisible();
  await second.goto('/tickets');
  await expect(second.getByRole('heading', { name: 'Waiting list' })).toBeVisible();

  await cancel(1);
  await owner.goto('/staff/mail');
  await owner.getByRole('link', { name: 'Waiting list offer' }).click();
  await expect(owner.locator('.mail-text')).toContainText(`/schedules/${SOLD_OUT}/waitlist`);
  await first.reload();
  await expect(first.getByRole('heading', { name: 'A seat came back for you' })).toBeVisible();
  await first.getByRole('link', { name: 'Go to checkout' }).click();
  await chargeAndPay(first);
  await expect(first.getByRole('heading', { name: 'Upcoming' })).toBeVisible();
  buyer = await first.context().storageState();

  await cancel(2);
  await second.goto(`/schedules/${SOLD_OUT}/waitlist`);
  await expect(second.getByRole('heading', { name: 'A seat came back for you' })).toBeVisible();
  await expect(second.getByRole('timer')).toBeVisible();
  await second.locator('summary', { hasText: 'Decline the offer' }).click();
  await second.getByRole('button', { name: 'Decline the offer' }).click();
  await expect(second.getByText('You\'re no longer on the waiting list.')).toBeVisible();
  await second.goto(`/schedules/${SOLD_OUT}/queue`);
  await expect(second.getByRole('button', { name: 'Join the queue' })).toBeVisible();
});

test('a ticket is handed on by a link without scripts, and its old code is refused at the door', async ({ browser }) => {
  const giver = await another(browser, { ...options, javaScriptEnabled: false, storageState: buyer });
  await giver.goto('/tickets');
  await giver.getByRole('link', { name: /Show ticket/ }).first().click();
  const old = await giver.locator('.pass-code').first().textContent();
  await giver.getByRole('link', { name: 'Hand on this ticket' }).first().click();
  await giver.getByRole('button', { name: 'Make a link' }).click();
  const link = await giver.getByLabel('Link', { exact: true }).inputValue();
  await giver.goto(link);
  await expect(giver.getByText('This is your own link.')).toBeVisible();

  const taker = await another(browser, options);
  await signUp(taker, new URL(link).pathname, 'Nari New');
  await taker.getByRole('button', { name: 'Take the ticket' }).click();
  await expect(taker.getByText('The ticket is yours now.')).toBeVisible();
  await expect(taker.locator('.pass')).toContainText('Nari New');
  const code = await taker.locator('.pass-code').first().textContent();
  expect(code).not.toBe(old);
  await giver.reload();
  await expect(giver.getByText('This link no longer works')).toBeVisible();

  const staff = await another(browser, options);
  await signIn(staff, 'staff@example.org');
  await staff.goto(`/staff/door/${SOLD_OUT}`);
  const check = async (shown: string, verdict: string) => {
    await staff.getByLabel('Ticket code').fill(shown);
    await staff.getByRole('button', { name: 'Check' }).click();
    await expect(staff.getByText(verdict)).toBeVisible();
  };
  await check(old!, 'Old code');
  await check(code!, 'Too early');
});

test('a ticket is exchanged at the counter for another date', async ({ browser }) => {
  const staff = await another(browser, { ...options, javaScriptEnabled: false });
  await signIn(staff, 'box@example.org');
  await staff.goto('/staff/tickets/50');
  await staff.getByRole('link', { name: 'Exchange for another date' }).click();
  await staff.getByRole('listitem').getByRole('link').last().click();
  await staff.getByLabel('Seat').selectOption({ label: 'Floor, row E, seat 50 · same price' });
  await staff.locator('[name=reason]').fill('x'.repeat(500));
  await staff.getByRole('button', { name: 'Exchange ticket' }).click();
  await expect(staff.locator('[name=reason]')).toHaveAttribute('aria-invalid', 'true');
  await expect(staff.getByLabel('Seat')).toHaveValue(/ 0$/);
  await staff.locator('[name=reason]').fill('cannot come on Monday');
  await staff.getByRole('button', { name: 'Exchange ticket' }).click();
  await expect(staff.getByText('The ticket was exchanged.')).toBeVisible();
  await expect(staff.getByText('Floor, row E, seat 50').first()).toBeVisible();
});

test('a show with sold tickets is moved, and then called off', async ({ browser }) => {
  const owner = await another(browser, options);
  const fan = await another(browser, options);
  await signIn(owner, 'staff@example.org');
  await signUp(fan);
  await join(fan, CLUB);
  await mapLives(fan);
  await openList(fan);
  await listed(fan, /Row A, seat 1, /).check();
  await hold(fan).click();
  await chargeAndPay(fan);
  await expect(fan.locator('.balance')).toHaveText('0 points');

  await owner.goto(`/staff/schedules/${CLUB}/edit`);
  const time = owner.getByLabel('The show begins').first();
  const [day, hour] = (await time.inputValue()).split('T');
  const later = new Date(Date.parse(day!) + 86_400_000).toISOString().slice(0, 10);
  await time.fill(`${later}T${hour}`);
  await owner.locator('form[action$="/edit"]').getByRole('button', { name: 'Save' }).click();
  await expect(owner.getByRole('heading', { name: 'Move the show' })).toBeVisible();
  await expect(owner.getByText('2 tickets have been sold')).toBeVisible();
  await owner.getByRole('button', { name: 'Move the show and tell everyone' }).click();
  await expect(owner.getByText('The show has been moved')).toBeVisible();
  await fan.reload();
  await expect(fan.getByText('This show has a new time.')).toBeVisible();
  await owner.getByRole('button', { name: 'Move the show…' }).click();
  await owner.getByLabel('Hall', { exact: true }).fill('Maru Hall 2');
  await owner.getByRole('button', { name: 'Move the show and tell everyone' }).click();
  await expect(owner.getByText('The show has been moved')).toBeVisible();
  await fan.reload();
  await expect(fan.getByText('This show has a new time and another hall: Maru Hall 2.')).toBeVisible();

  await owner.getByRole('button', { name: 'Call this show off…' }).click();
  await owner.getByLabel('Reason, as fans will read it').fill('The guitarist broke an arm.');
  await owner.getByLabel('Compensation').fill('10');
  await owner.getByLabel('Your password').fill('not the password');
  await owner.getByRole('button', { name: 'Call off and refund everyone' }).click();
  await expect(owner.getByLabel('Your password')).toHaveAttribute('aria-invalid', 'true');
  await expect(owner.getByLabel('Reason, as fans will read it')).toHaveValue('The guitarist broke an arm.');
  await owner.getByLabel('Your password').fill('encore-demo');
  await owner.getByRole('button', { name: 'Call off and refund everyone' }).click();
  await expect(owner.getByText('All tickets were refunded')).toBeVisible();

  await fan.goto('/tickets');
  await expect(fan.getByRole('heading', { name: 'Called off' })).toBeVisible();
  await expect(fan.getByText('The guitarist broke an arm.')).toBeVisible();
  await expect(fan.locator('.balance')).toHaveText('121,000 points');
  await fan.goto(`/schedules/${CLUB}/queue`);
  await expect(fan.getByRole('heading', { name: 'This show has been called off' })).toBeVisible();
  await owner.goto('/staff/mail');
  await owner.getByRole('link', { name: 'Show called off' }).first().click();
  await expect(owner.locator('.mail-text')).toContainText('121,000 points went back to your balance');
});

test('a fan downloads everything and deletes the account', async ({ browser }) => {
  const fan = await another(browser, { ...options, javaScriptEnabled: false });
  await signUp(fan, '/', 'Rae Leaving', 'rae@example.net');
  await fan.goto('/account');
  const download = fan.waitForEvent('download');
  await fan.getByRole('link', { name: 'Download as JSON' }).click();
  expect((await download).suggestedFilename()).toBe('encore.json');
  await fan.locator('summary', { hasText: 'Delete account' }).click();
  await fan.locator('#leave-present').fill('wrong password');
  await fan.getByRole('button', { name: 'Delete my account' }).click();
  await expect(fan.locator('#leave-present')).toHaveAttribute('aria-invalid', 'true');
  await fan.locator('#leave-present').fill('a long password');
  await fan.getByRole('button', { name: 'Delete my account' }).click();
  await expect(fan.getByText('Your account has been deleted.')).toBeVisible();
  await fan.goto('/sign-in');
  await signInHere(fan, 'rae@example.net', 'a long password');
  await expect(fan.locator('#email')).toHaveAttribute('aria-invalid', 'true');
});
