#!/usr/bin/env node
// Verifies the lottery of a lobby on your own machine. It needs only Node.js, without any package.
//
//   node verify-draw.mjs draw-3.json [--commitment HASH] [--list HASH] [--receipt receipt-3.txt]
//
// The file is the one that the lottery's page offers for download; LOTTERY.md describes its format, and what each check
// proves. The two hashes are those that you wrote down: the commitment while the lobby was open, that of the list once it
// had closed. Without them, those in the file are used. The exit code is 0 if everything matches, otherwise 1.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
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

if (draw.secret === null) {
  console.error('The lottery has not run yet: download the file again when the sale is open.');
  process.exit(1);
}
check(sha256(draw.secret) === (noted.commitment ?? draw.commitment), 'the secret is not the one that was promised');

const lobby = draw.contributions.toSorted((a, b) => a.token_id - b.token_id);
const withdrawn = draw.withdrawn ?? [];
let seed;
if (draw.delay) {
  const all = [...lobby.map((fan) => [fan.token_id, ` ${fan.contribution}`]), ...withdrawn.map((token) => [token, ''])];
  const tokens = all.toSorted(([a], [b]) => a - b).map(([token, rest]) => `${token}${rest}`);
  const list = sha256(lines('encore list', draw.schedule_id, sha256(draw.secret), ...tokens));
  check(list === (noted.list ?? draw.list_hash), 'the list is not the one that was closed');
  check(draw.delay.lists.includes(list), 'the delay did not start from this list');
  const start = sha256(lines('encore delay', draw.delay.steps, ...draw.delay.lists));
  check(start === draw.delay.start && isDelay(draw.delay), 'the result of the delay is wrong');
  seed = sha256(lines(draw.secret, list, draw.delay.output));
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
    readFileSync(noted.receipt, 'utf8').match(/^(encore receipt\n((?:.*\n){4}))key ([0-9a-f]{64})\nsignature ([0-9a-f]{128})\n$/) ?? [];
  // What precedes the 32 bytes of an Ed25519 key in the format of OpenSSL (RFC 8410).
  const der = () => Buffer.from(`302a300506032b6570032100${key}`, 'hex');
  const isSigned = key !== undefined
    && verify(null, Buffer.from(signed), createPublicKey({ key: der(), format: 'der', type: 'spki' }), Buffer.from(signature, 'hex'));
  const field = (name) => fields?.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1];
  const token = Number(field('token'));
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
