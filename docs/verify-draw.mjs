#!/usr/bin/env node
// Verifies the lottery of a lobby on your own machine. It needs only Node.js, without any package; only if a public randomness
// beacon was mixed in, the check of its signature needs one: `npm install @noble/curves` in the folder in which you run this.
//
//   node verify-draw.mjs draw-3.json [--commitment HASH] [--list HASH] [--receipt receipt-3.txt]
//
// The file is the one that the lottery's page offers for download; LOTTERY.md describes its format, and what each check
// proves. The two hashes are those that you wrote down: the commitment while the lobby was open, that of the list once it
// had closed. Without them, those in the file are used. The exit code is 0 if everything matches, otherwise 1.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values: noted, positionals: [file] } = parseArgs({
  allowPositionals: true,
  options: { commitment: { type: 'string' }, list: { type: 'string' }, receipt: { type: 'string' } },
});
const draw = JSON.parse(readFileSync(file, 'utf8'));
const problems = [];
const check = (holds, otherwise) => { if (!holds) problems.push(otherwise); };

const sha256 = (text) => createHash('sha256').update(text, 'utf8').digest('hex');
const lines = (...all) => all.map((line) => `${line}\n`).join('');

// Undoes the steps of the delay one by one, each with a squaring modulo p = 2^521 - 1.
const P = 2n ** 521n - 1n;
function isDelay({ start, steps, output }) {
  if (!/^[0-9a-f]{132}$/.test(output)) return false;
  let number = BigInt(`0x${output}`);
  for (let step = 0; step < steps; step += 1) {
    const square = (number * number) % P;
    number = ((number & 1n) === 1n && square !== 0n ? P - square : square) ^ 1n;
  }
  return number === BigInt(`0x${createHash('sha512').update(start, 'utf8').digest('hex')}`);
}

// The public randomness beacon: the chain quicknet of drand, with the hash, public key, genesis and period that its nodes
// publish.
const CHAIN = '52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971';
const BEACON_KEY = '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a';
const publishedAt = (round) => 1_692_803_367_000 + (round - 1) * 3_000;

async function checkSignature({ round, signature }) {
  let curve;
  try {
    const path = createRequire(pathToFileURL(`${process.cwd()}/`)).resolve('@noble/curves/bls12-381.js');
    curve = (await import(pathToFileURL(path).href)).bls12_381.shortSignatures;
  } catch {
    problems.push('the signature of the beacon was not checked: run `npm install @noble/curves` in this folder first');
    return;
  }
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(round));
  const message = curve.hash(new Uint8Array(createHash('sha256').update(number).digest()));
  let isGenuine = false;
  try {
    isGenuine = curve.verify(Buffer.from(signature, 'hex'), message, Buffer.from(BEACON_KEY, 'hex'));
  } catch { /* It is no point of the curve. */ }
  check(isGenuine, `the signature is not that of round ${round} of the beacon`);
}

if (draw.secret === null) {
  console.error('The lottery has not run yet: download the file again when the sale is open.');
  process.exit(1);
}
check(sha256(draw.secret) === (noted.commitment ?? draw.commitment), 'the secret is not the one that was promised');

const lobby = draw.contributions.toSorted((a, b) => a.token_id - b.token_id);
const withdrawn = draw.withdrawn ?? [];
const beacon = draw.beacon ?? null;
const promised = beacon ? [`beacon ${CHAIN} ${beacon.round}`] : [];
let seed;
if (draw.delay) {
  const all = [...lobby.map((fan) => [fan.token_id, ` ${fan.contribution}`]), ...withdrawn.map((token) => [token, ''])];
  const tokens = all.toSorted(([a], [b]) => a - b).map(([token, rest]) => `${token}${rest}`);
  const list = sha256(lines('encore list', draw.schedule_id, sha256(draw.secret), ...promised, ...tokens));
  check(list === (noted.list ?? draw.list_hash), 'the list is not the one that was closed');
  check(draw.delay.lists.includes(list), 'the delay did not start from this list');
  const start = sha256(lines('encore delay', draw.delay.steps, ...draw.delay.lists));
  check(start === draw.delay.start && isDelay(draw.delay), 'the result of the delay is wrong');
  if (beacon?.signature) {
    check(publishedAt(beacon.round) > Date.parse(draw.closed_at), 'the round of the beacon was published before the list was closed');
    await checkSignature(beacon);
  } else if (beacon) {
    console.log(`Round ${beacon.round} of the beacon was not mixed in: the draw was made without it.`);
  }
  seed = sha256(lines(draw.secret, list, draw.delay.output, ...(beacon?.signature ? [beacon.signature] : [])));
} else {
  seed = sha256(lines(draw.secret, ...lobby.map((fan) => `${fan.token_id} ${fan.contribution}`)));
  if (lobby.length > 0) {
    console.log('This lottery had no delay: somebody who knew the secret could have tried contributions until the order suited them.');
  }
}
check(seed === draw.seed, 'the seed is not that of the published values');

const keyed = lobby.map((fan) => ({ token: fan.token_id, key: sha256(`${seed} ${fan.token_id}`) }));
const order = keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map((fan) => fan.token);
check(JSON.stringify(order) === JSON.stringify(draw.order), 'the order is not that of the seed');

if (noted.receipt !== undefined) {
  const [, signed, fields, key, signature] =
    readFileSync(noted.receipt, 'utf8').match(/^(encore receipt\n((?:.*\n){4,5}))key ([0-9a-f]{64})\nsignature ([0-9a-f]{128})\n$/) ?? [];
  // What precedes the 32 bytes of an Ed25519 key in the format of OpenSSL (RFC 8410).
  const der = () => Buffer.from(`302a300506032b6570032100${key}`, 'hex');
  const isSigned = key !== undefined
    && verify(null, Buffer.from(signed), createPublicKey({ key: der(), format: 'der', type: 'spki' }), Buffer.from(signature, 'hex'));
  const field = (name) => fields?.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1];
  const token = Number(field('token'));
  check(!isSigned || field('beacon') === (beacon ? `${CHAIN} ${beacon.round}` : undefined), 'the receipt promised another round of the beacon');
  if (!isSigned || key !== draw.receipt_key) {
    problems.push('the receipt is not signed with the key of this lottery');
  } else if (Number(field('schedule')) !== draw.schedule_id) {
    problems.push('the receipt is that of another date');
  } else if (withdrawn.includes(token)) {
    console.log(`Token ${token} had left the lobby, or its place was cancelled.`);
  } else {
    const own = lobby.find((fan) => fan.token_id === token);
    check(own !== undefined, `token ${token} entered the lobby at ${field('entered')}, and was left out`);
    check(own === undefined || own.contribution === field('contribution'), `token ${token} did not submit “${own?.contribution}”`);
    if (own !== undefined) console.log(`Token ${token} was drawn to place ${order.indexOf(token) + 1}.`);
  }
}
for (const problem of problems) console.error(`WRONG: ${problem}`);
if (problems.length === 0) console.log(`The lottery of ${order.length} fans is valid.`);
process.exitCode = problems.length === 0 ? 0 : 1;
