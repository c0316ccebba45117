// A burst of sign-ups and joins: the browser solves a small task for each, and a fan without scripts waits.
import { type Page, expect, test } from '@playwright/test';
import { BURST } from '../servers.ts';
import { CLUB, another, ownHouse } from './fan.ts';

// This file starts its own server, in which the second of each in a minute is a burst.
let house: Awaited<ReturnType<typeof ownHouse>>;
test.beforeAll(async () => {
  house = await ownHouse(BURST, { ENCORE_SIGN_UPS_WITHOUT_PROOF: '1', ENCORE_JOINS_WITHOUT_PROOF: '1' }, ['demo']);
});
test.afterAll(() => house.close());
test.use({ baseURL: BURST });

async function signUp(page: Page, email: string) {
  await page.goto('/sign-up');
  await page.locator('#name').fill('A fan');
  await page.locator('#email').fill(email);
  await page.locator('#password').fill('a long password');
  await page.locator('form[action="/api/sign-up"] button').click();
}

test('in a burst the browser solves a task for each account and each place', async ({ browser }) => {
  const options = { baseURL: BURST };
  const first = await another(browser, options);
  await signUp(first, 'first@example.net');
  await first.waitForURL('/');
  await first.goto(`/schedules/${CLUB}/queue`);
  await first.getByRole('button', { name: 'Join the queue' }).click();
  await first.waitForURL(/seats$/);

  const second = await another(browser, options);
  await signUp(second, 'second@example.net');
  await expect(second.getByText('Done. Enter your password again to sign up.')).toBeVisible();
  await expect(second.locator('#email')).toHaveValue('second@example.net');
  await second.locator('#password').fill('a long password');
  await second.locator('form[action="/api/sign-up"] button').click();
  await second.waitForURL('/');
  await second.goto(`/schedules/${CLUB}/queue`);
  await second.getByRole('button', { name: 'Join the queue' }).click();
  // The form is sent again by itself.
  await second.waitForURL(/seats$/);

  const third = await another(browser, { ...options, javaScriptEnabled: false });
  await signUp(third, 'third@example.net');
  await expect(third.getByText(/please try again in \d+ s\./)).toBeVisible();
  await expect(third.locator('#email')).toHaveValue('third@example.net');
});
