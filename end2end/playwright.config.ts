import { defineConfig } from '@playwright/test';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BRISK, MAIN, program, site } from './servers.ts';

/** A server that Playwright starts at `url`, on fresh demo data in a temporary folder. */
function server(url: string, settings: Record<string, string>) {
  const data = mkdtempSync(join(tmpdir(), 'encore-end2end-'));
  return {
    command: `"${program}" demo && exec "${program}" serve`,
    url: `${url}/healthz`,
    env: {
      ENCORE_ADDR: url.replace('http://', ''),
      ENCORE_ORIGIN: url,
      ENCORE_DATA: data,
      LEPTOS_SITE_ROOT: site,
      // All fans of the tests have one address.
      ENCORE_SIGN_UPS_WITHOUT_PROOF: '1000',
      RUST_LOG: 'warn',
      ...settings,
    },
    timeout: 300_000,
    stdout: 'ignore' as const,
    gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 5_000 },
  };
}

export default defineConfig({
  testDir: './tests',
  outputDir: './test-results',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: true,
  reporter: [['list']],
  // The timeouts, in milliseconds, are long on purpose: a slow machine must not fail a test.
  timeout: 600_000,
  expect: { timeout: 60_000 },
  webServer: [
    server(MAIN, {}),
    server(BRISK, { ENCORE_HOLD_SECONDS: '5', ENCORE_ACTIVE_FANS: '1' }),
  ],
  use: {
    baseURL: MAIN,
    actionTimeout: 120_000,
    // Long enough for a page that waits minutes for its sale to open.
    navigationTimeout: 300_000,
    locale: 'en-US',
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'],
    },
  },
});
