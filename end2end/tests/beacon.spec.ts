// The verification of a draw into which a public randomness beacon was mixed. No server can draw with a round whose signature
// is known in advance, so this test makes the document itself, with a round that was published long ago.
import { expect, test } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const CHAIN = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971';
const ROUND = 657_413;
const PUBLISHED = Date.parse('2023-09-15T11:00:03Z');
const SIGNATURE = 'b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** One step of the delay, from a number that begins with the hash of `start`. */
function delayed(start: string): string {
  const p = 2n ** 521n - 1n;
  const number = BigInt(`0x${createHash('sha512').update(start).digest('hex')}`) ^ 1n;
  let root = number;
  for (let squaring = 0; squaring < 519; squaring += 1) root = (root * root) % p;
  const wantsOdd = (root * root) % p !== number;
  return (((root & 1n) === 1n) === wantsOdd ? root : p - root).toString(16).padStart(132, '0');
}

/** A draw of one fan with the token 1. Its order follows from `signature`, and its list names `round`. */
function drawn(signature: string | null, round = ROUND, closedAt = PUBLISHED - 7_000) {
  const [secret, keys] = ['secret', generateKeyPairSync('ed25519')];
  const key = keys.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const list = sha256(`encore list\n3\n${sha256(secret)}\nbeacon ${CHAIN} ${round}\n1 seven\n`);
  const start = sha256(`encore delay\n1\n${list}\n`);
  const output = delayed(start);
  const entry = `encore receipt\nschedule 3\nbeacon ${CHAIN} ${ROUND}\ntoken 1\nentered 2023-09-15T10:59:00.000Z\ncontribution seven\n`;
  const receipt = `${entry}key ${key}\nsignature ${sign(null, Buffer.from(entry), keys.privateKey).toString('hex')}\n`;
  const draw = {
    schedule_id: 3, commitment: sha256(secret), receipt_key: key, beacon: { chain: CHAIN, round, signature },
    closed_at: new Date(closedAt).toISOString(), list_hash: list, withdrawn: [],
    delay: { lists: [list], start, steps: 1, output }, drawn_at: new Date(closedAt + 20_000).toISOString(), secret,
    seed: sha256(`${secret}\n${list}\n${output}\n${signature === null ? '' : `${signature}\n`}`),
    contributions: [{ token_id: 1, contribution: 'seven' }], order: [1],
  };
  return { draw, receipt };
}

function verify({ draw, receipt }: ReturnType<typeof drawn>, cwd = resolve(import.meta.dirname, '..')): string {
  const folder = mkdtempSync(join(tmpdir(), 'encore-draw-'));
  const files = [join(folder, 'draw.json'), '--receipt', join(folder, 'receipt.txt')] as const;
  writeFileSync(files[0], JSON.stringify(draw));
  writeFileSync(files[2], receipt);
  return String(execFileSync('node', [resolve(import.meta.dirname, '../../docs/verify-draw.mjs'), ...files], { cwd, stdio: 'pipe' }));
}

test('the signature of the beacon is verified, and a draw without it says so', () => {
  expect(verify(drawn(SIGNATURE))).toMatch(/drawn to place 1\.\nThe lottery of 1 fans is valid\./);
  expect(verify(drawn(null))).toMatch(/made without it\.\n[^]*is valid\./);
  expect(() => verify(drawn(SIGNATURE), tmpdir())).toThrow(/the signature of the beacon was not checked/);
});

test('a forged beacon is found', () => {
  const { draw, receipt } = drawn(SIGNATURE);
  for (const [forged, problem] of [
    [drawn(`a${SIGNATURE.slice(1)}`), /the signature is not that of round 657413/],
    [drawn(SIGNATURE, ROUND + 1), /the signature is not that of round 657414/],
    [drawn(SIGNATURE, ROUND, PUBLISHED + 1_000), /was published before the list was closed/],
    [drawn(null, ROUND + 1), /the receipt promised another round/],
    [{ draw: { ...draw, beacon: { ...draw.beacon, signature: null } }, receipt }, /the seed is not that of the published values/],
    [{ draw: { ...draw, beacon: null as never }, receipt }, /the list is not the one that was closed/],
  ] as const) {
    expect(() => verify(forged)).toThrow(problem);
  }
});
