#!/usr/bin/env node
// Verifies the lottery of a lobby on your own machine. It needs only Node.js, without any package.
//
//   node verify-draw.mjs draw-3.json [COMMITMENT [TOKEN CONTRIBUTION]]
//
// The file is the one that the lottery's page offers for download; LOTTERY.md describes its format. COMMITMENT is the
// fingerprint (SHA-256) of the secret that you wrote down before the opening; without it, the commitment in the file is
// used. TOKEN and CONTRIBUTION are your own. The exit code is 0 if everything matches, otherwise 1.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const sha256 = (text) => createHash('sha256').update(text, 'utf8').digest('hex');
const [file, promised, token, contribution] = process.argv.slice(2);
const draw = JSON.parse(readFileSync(file, 'utf8'));
const problems = [];

if (draw.secret === null) {
  console.error('The lottery has not run yet: download the file again after the opening.');
  process.exit(1);
}
if (sha256(draw.secret) !== (promised ?? draw.commitment)) problems.push('the secret is not the one that was promised');

const lobby = draw.contributions.toSorted((a, b) => a.token_id - b.token_id);
const lines = lobby.map((fan) => `${fan.token_id} ${fan.contribution}\n`).join('');
const seed = sha256(`${draw.secret}\n${lines}`);
if (seed !== draw.seed) problems.push('the seed is not that of the secret and the contributions');

const keyed = lobby.map((fan) => ({ token: fan.token_id, key: sha256(`${seed} ${fan.token_id}`) }));
const order = keyed.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map((fan) => fan.token);
if (JSON.stringify(order) !== JSON.stringify(draw.order)) problems.push('the order is not that of the seed');

if (token !== undefined) {
  const own = lobby.find((fan) => fan.token_id === Number(token));
  if (own?.contribution !== contribution) problems.push(`token ${token} did not submit “${contribution}”`);
  else console.log(`Token ${token} was drawn to place ${order.indexOf(Number(token)) + 1}.`);
}
for (const problem of problems) console.error(`WRONG: ${problem}`);
if (problems.length === 0) console.log(`The lottery of ${order.length} fans is valid.`);
process.exitCode = problems.length === 0 ? 0 : 1;
