// Passkeys, the second step, and what fans agree to, on a site that is reached by a name.
import { type Page, expect, test } from '@playwright/test';
import AxeBuilder from '@axe-core/playwright';
import { createHmac } from 'node:crypto';
import { NAMED } from '../servers.ts';
import { another, ownHouse, signIn, signUp } from './fan.ts';

// One server for all tests. The last one changes what every sign-up needs.
test.describe.configure({ mode: 'serial' });
let house: Awaited<ReturnType<typeof ownHouse>>;
test.beforeAll(async () => {
  house = await ownHouse(NAMED, { ENCORE_ADDR: '127.0.0.1:4316' }, ['demo']);
});
test.afterAll(() => house.close());
test.use({ baseURL: NAMED });

/** Adds a device with a fingerprint sensor to the browser, on which its owner puts a finger whenever asked. */
async function sensor(page: Page) {
  const client = await page.context().newCDPSession(page);
  await client.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2' as const, transport: 'internal' as const, hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await client.send('WebAuthn.addVirtualAuthenticator', { options });
  return {
    /** Whether its owner puts the right finger on it. */
    setRight: (isUserVerified: boolean) => client.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    keys: async () => (await client.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
  };
}

/** The code that an app shows for a secret in Base32 at a time (RFC 6238). */
function code(secret: string, at = Date.now()) {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replaceAll(' ', '')].map((digit) => digits.indexOf(digit).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const hash = createHmac('sha1', key).update(step).digest();
  const offset = hash[hash.length - 1]! & 15;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function sound(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((violation) => violation.id)).toEqual([]);
  // Axe had a page of its own in front. A browser uses passkeys only on the page in front.
  await page.bringToFront();
}

test('a fan adds a passkey, signs in with it, and removes it', async ({ page }) => {
  const device = await sensor(page);
  await signUp(page, '/', 'Yuna', 'yuna@example.net');
  await page.goto('/account/security');
  const add = page.locator('form[data-passkey=create]');
  await add.getByLabel('Current password').fill('not my password');
  await add.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(add.getByRole('alert')).toContainText('password');
  await add.getByLabel('Current password').fill('a long password');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Your passkey has been added.')).toBeVisible();
  expect(await device.keys()).toHaveLength(1);
  await sound(page);

  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await page.goto('/sign-in?next=/points');
  await sound(page);
  await device.setRight(false);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByText('That didn\'t work. Please try again.')).toBeVisible();
  await device.setRight(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.waitForURL('**/points');
  await expect(page.getByText('Welcome back, Yuna.')).toBeVisible();

  await page.goto('/account/security');
  await page.locator('#remove-present').fill('a long password');
  await page.getByRole('button', { name: /^Remove the passkey/ }).click();
  await expect(page.getByText('The passkey has been removed.')).toBeVisible();
  await page.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByText(/This passkey isn't known here/)).toBeVisible();
});

test('a second step is set up and passed without scripts, and a member of staff uses a passkey instead', async ({ browser }) => {
  const owner = await another(browser, { baseURL: NAMED, javaScriptEnabled: false });
  await signIn(owner, 'staff@example.org');
  await owner.goto('/staff/team');
  await owner.getByRole('button', { name: 'Require a second step' }).click();
  await expect(owner).toHaveURL(/\/account\/security\?/);
  await expect(owner.locator('form[data-passkey=create]')).toBeHidden();
  const secret = await owner.locator('.secret').innerText();
  await owner.getByLabel('Code in the app').fill(code(secret, Date.now() - 30_000));
  await owner.locator('#app-present').fill('encore-demo');
  await owner.getByRole('button', { name: 'Set up the app' }).click();
  const codes = await owner.locator('.recovery-codes li').allInnerTexts();
  expect(codes).toHaveLength(10);
  await owner.getByRole('link', { name: 'Continue' }).click();
  await owner.getByRole('button', { name: 'Require a second step' }).click();
  await expect(owner.getByText('Everyone on the team signs in with a second step or a passkey.')).toBeVisible();

  const again = await another(browser, { baseURL: NAMED, javaScriptEnabled: false });
  await again.goto('/sign-in?next=/staff/books');
  await again.locator('#email').fill('staff@example.org');
  await again.locator('#password').fill('encore-demo');
  await again.locator('form[action="/api/sign-in"] button').click();
  await again.getByLabel('Code').fill('000000');
  await again.getByRole('button', { name: 'Continue' }).click();
  await expect(again.getByText(/This code is wrong/)).toBeVisible();
  await again.getByLabel('Code').fill(code(secret));
  await again.getByRole('button', { name: 'Continue' }).click();
  await again.waitForURL('**/staff/books');

  // On a phone: the recovery code once, then a passkey, which needs no password.
  const phone = await another(browser, { baseURL: NAMED, viewport: { width: 390, height: 844 } });
  await sensor(phone);
  await phone.goto('/sign-in');
  await phone.locator('#email').fill('staff@example.org');
  await phone.locator('#password').fill('encore-demo');
  await phone.locator('form[action="/api/sign-in"] button').click();
  await phone.waitForURL('**/second-step*');
  await sound(phone);
  await phone.getByLabel('Code').fill(codes[0]!);
  await phone.getByRole('button', { name: 'Continue' }).click();
  await phone.waitForURL('**/staff');
  await phone.goto('/account/security');
  await sound(phone);
  await phone.locator('#passkey-present').fill('encore-demo');
  await phone.getByRole('button', { name: 'Add a passkey' }).click();
  await expect(phone.getByText('Your passkey has been added.')).toBeVisible();
  await expect(phone.getByText('You have 9 recovery codes left.')).toBeVisible();
  await phone.getByRole('button', { name: 'Sign out', exact: true }).first().click();
  await phone.goto('/sign-in');
  await phone.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await phone.waitForURL('**/staff');
});

test('fans agree to the terms in the version that is in force, without scripts', async ({ browser }) => {
  const owner = await another(browser, { baseURL: NAMED });
  const early = await another(browser, { baseURL: NAMED });
  await signUp(early, '/', 'Early', 'early@example.net');
  // The one before has set up a second step for the owner of the demo.
  house.run('staff', 'reset', 'staff@example.org', '--second-step');
  await signIn(owner, 'staff@example.org');
  await owner.goto('/account/security');
  const secret = await owner.locator('.secret').innerText();
  await owner.getByLabel('Code in the app').fill(code(secret));
  await owner.locator('#app-present').fill('encore-demo');
  await owner.getByRole('button', { name: 'Set up the app' }).click();
  await owner.goto('/staff/legal');
  await sound(owner);
  const terms = owner.locator('section[aria-labelledby=terms_of_use]');
  await terms.getByLabel('In Korean').fill('제1조 목적');
  await terms.getByRole('button', { name: 'Publish a new version' }).click();
  await expect(terms.getByText('Please enter the text in English, up to 50,000 characters.')).toBeVisible();
  await expect(terms.getByLabel('In Korean')).toHaveValue('제1조 목적');
  await terms.getByLabel('In English').fill('Article 1\n\nPurpose');
  await terms.getByRole('button', { name: 'Publish a new version' }).click();
  const privacy = owner.locator('section[aria-labelledby=privacy]');
  await privacy.getByLabel('In Korean').fill('개인정보');
  await privacy.getByLabel('In English').fill('What we store');
  await privacy.getByRole('button', { name: 'Publish a new version' }).click();
  await expect(privacy.getByText(/^Version 1/)).toBeVisible();

  const reader = await another(browser, { baseURL: NAMED });
  for (const path of ['/sign-up', '/terms', '/privacy']) {
    await reader.goto(path);
    await sound(reader);
  }
  const fan = await another(browser, { baseURL: NAMED, javaScriptEnabled: false });
  await fan.goto('/sign-up');
  await fan.locator('#name').fill('Dana');
  await fan.locator('#email').fill('dana@example.net');
  await fan.locator('#password').fill('a long password');
  await fan.getByLabel('I agree to the terms of use.').check();
  await fan.locator('form[action="/api/sign-up"] button').click();
  await expect(fan.getByText('Please agree to the privacy policy.')).toBeVisible();
  await expect(fan.getByLabel('I agree to the terms of use.')).toBeChecked();
  await fan.getByLabel('I agree to the privacy policy.').check();
  await fan.locator('#password').fill('a long password');
  await fan.locator('form[action="/api/sign-up"] button').click();
  await fan.waitForURL(`${NAMED}/`);
  await fan.getByRole('link', { name: 'Terms of use' }).click();
  await expect(fan.getByText('Purpose')).toBeVisible();

  // Who was here before is asked on their account page.
  await early.goto('/account');
  await early.getByLabel('I agree to the terms of use.').check();
  await early.getByLabel('I agree to the privacy policy.').check();
  await early.getByRole('button', { name: 'Agree' }).click();
  await expect(early.getByText(/^version 1, agreed on/)).toHaveCount(2);
  await sound(early);
});
