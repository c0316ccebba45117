// The door without a connection. While there is one, this script keeps a copy of the page and of the list of tickets.
// Without one, it checks tickets with the list, keeps what it has scanned, and sends that as soon as it can.
//
// What is on the phone: the page with its style and scripts; the list, which has of each ticket its seat, when it was
// used, and a hash of its code; and the codes of scans that are not sent yet. There are no names. Page and list are in
// the cache `encore-door`, which is deleted when somebody signs out (app/src/components/once.js). The scans are in the
// database `encore-door`.

const CACHE = 'encore-door';
/** How long the server may take for a check, and for the list, in milliseconds. Then it counts as out of reach. */
const PATIENCE = 5_000, LIST_PATIENCE = 30_000;
/** How often the list is refreshed, and how often unsent scans are sent, in milliseconds. */
const REFRESH = 60_000, RESEND = 10_000;
/** The most scans in one request, as in `back_office::SCANS`. */
const BATCH = 200;
const DAY = 24 * 3_600_000;

const schedule = Number(document.getElementById('door')?.dataset.schedule);
const path = (id) => `/staff/door/${id}`;

/** The list as the server sent it, with its tickets by the hashes of their codes. Null if there is none. */
let list = null;
/** Scans by their ids: those that are not sent yet, and those that are newer than the list. */
const scans = new Map();
/** Tickets that should not have let anybody in, by the ids of their scans. */
const problems = new Map();
let database = null, offlineSince = null, isSignedOut = false, isPageKept = false;
let isRefreshing = false, isSending = false;
let changed = () => {}, loaded = null;

const unsent = () => [...scans.values()].filter((scan) => !scan.isSent);

/** What the page shows of all this. */
export function state() {
  return {
    offlineSince, isSignedOut, isPageKept, unsent: unsent().length, problems: [...problems.values()],
    listFrom: list?.now ?? null, timeZone: list?.time_zone,
  };
}

/** Returns 128 random bits in hexadecimal digits. */
export function newId() {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

/**
 * Sends a request. Returns the answer with its text, or null if there is no connection to the server, which includes a
 * server that takes too long and one that fails.
 */
export async function ask(to, options = {}, patience = PATIENCE) {
  let answer = null;
  try {
    const response = await fetch(to, { ...options, signal: AbortSignal.timeout(patience) });
    const { status, redirected } = response;
    const text = await response.text();
    // Without a session the server may send the page on which to sign in.
    if (status < 500) answer = { text, ok: response.ok && !redirected, isSignedOut: redirected || status === 401 };
  } catch {
    // No connection, or it was lost before the whole answer was there.
  }
  offlineSince = answer ? null : offlineSince ?? Date.now();
  if (answer) isSignedOut = answer.isSignedOut;
  changed();
  return answer;
}

// The code of a ticket.

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const PASS = 'ENCORE1.';
/** The numbers of digits of a pass: its beginning, the schedule, the code, the signature (see src/ticket_code.rs). */
const BEGINNING = 7, SCHEDULE = 8, CODE = 16, SIGNATURE = 103;

/** As `reference::typed_digits`, but without the keys of a Korean keyboard. */
function typedDigits(text) {
  const letters = text.normalize('NFKC').toUpperCase().replace(/[^0-9A-Z]/g, '');
  return letters.replaceAll('O', '0').replace(/[IL]/g, '1');
}

/** Reads digits of five bits each as bytes. Null if one is no digit. */
function bytesOf(digits) {
  const bytes = [];
  let bits = 0, count = 0;
  for (const digit of digits) {
    const value = DIGITS.indexOf(digit);
    if (value < 0) return null;
    bits = ((bits << 5) | value) & 0xfff;
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes.push((bits >> count) & 0xff);
  }
  return new Uint8Array(bytes);
}

/** Takes a code or a pass apart. A code has only the field `code`. */
function parse(text) {
  const digits = typedDigits(text);
  const isPass = digits.length === BEGINNING + SCHEDULE + CODE + SIGNATURE && digits.startsWith(typedDigits(PASS));
  if (!isPass) return { code: digits };
  const signed = digits.slice(BEGINNING, -SIGNATURE);
  return {
    schedule: [...signed.slice(0, SCHEDULE)].reduce((sum, digit) => sum * 32 + DIGITS.indexOf(digit), 0),
    code: signed.slice(SCHEDULE),
    signed: PASS + signed,
    signature: bytesOf(digits.slice(-SIGNATURE)),
  };
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** As `ticket_code::digest`. */
async function digestOf(code) {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code))).slice(0, 8));
}

/** Whether the house has signed a pass. Null if this browser does not know Ed25519. */
async function isSigned({ signed, signature }, publicKey) {
  if (!signature) return false;
  const bytes = Uint8Array.from(publicKey.match(/../g), (digits) => parseInt(digits, 16));
  try {
    const key = await crypto.subtle.importKey('raw', bytes, { name: 'Ed25519' }, false, ['verify']);
    return await crypto.subtle.verify({ name: 'Ed25519' }, key, signature, new TextEncoder().encode(signed));
  } catch {
    return null;
  }
}

// Checking.

/**
 * Checks a ticket without the server. `fields` are those of the form; `fields.scan` is the id of the scan. A valid
 * ticket is kept as a scan before this returns. Returns the verdict with the seat and the instant that belongs to it,
 * or null if this phone cannot tell: it has no list, or the page did not come over https.
 */
export async function checkOffline(fields) {
  await started;
  if (!list || !crypto.subtle) return null;
  const pass = parse(fields.code);
  // Without Ed25519 the list decides alone: a code that was made up is not in it.
  const isGood = pass.signed ? await isSigned(pass, list.public_key) : null;
  if (isGood === false) return { verdict: 'unknown' };
  if (pass.signed && pass.schedule !== schedule) return { verdict: 'wrong_show' };
  const digest = await digestOf(pass.code);
  const ticket = list.tickets.get(digest);
  if (!ticket) return pass.signed ? { verdict: 'not_listed', at: list.now } : { verdict: 'unknown' };
  const mine = [...scans.values()].find((scan) => scan.digest === digest);
  const at = ticket.usedAt ?? mine?.at;
  if (at) return { verdict: 'used', seat: ticket.seat, at };
  if (Date.now() < list.opens && !fields.early) return { verdict: 'too_early', seat: ticket.seat, at: list.opens };
  await keep({ id: fields.scan, schedule, code: pass.code, digest, at: Date.now(), isSent: false });
  return { verdict: 'valid', seat: ticket.seat };
}

/** Remembers that the server found a ticket valid, for the time until the list says so. */
export async function noteAdmitted({ code, scan }) {
  if (!crypto.subtle) return;
  const digest = await digestOf(parse(code).code);
  await keep({ id: scan, schedule, code: '', digest, at: Date.now(), isSent: true });
}

// The database of scans. If the browser has none, as in some private windows, scans are kept in memory only.

function openDatabase() {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open('encore-door', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('scans', { keyPath: 'id' });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

/** Runs `work` on the stored scans, and returns its result once it is on the disk. */
async function inDatabase(work) {
  if (!database) return undefined;
  return new Promise((resolve, reject) => {
    const transaction = database.transaction('scans', 'readwrite', { durability: 'strict' });
    const request = work(transaction.objectStore('scans'));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = () => reject(transaction.error);
  }).catch(() => undefined);
}

async function keep(scan) {
  scans.set(scan.id, scan);
  changed();
  await inDatabase((stored) => stored.put(scan));
}

async function forget(ids) {
  ids.forEach((id) => scans.delete(id));
  await inDatabase((stored) => ids.forEach((id) => stored.delete(id)));
}

// Sending and refreshing.

/** Sends the scans that are not sent yet, also those of other shows. */
async function send() {
  if (isSending || unsent().length === 0) return;
  isSending = true;
  try {
    for (const id of new Set(unsent().map((scan) => scan.schedule))) await sendScansOf(id);
  } finally {
    isSending = false;
    changed();
  }
}

async function sendScansOf(id) {
  for (;;) {
    const batch = unsent().filter((scan) => scan.schedule === id).slice(0, BATCH);
    if (batch.length === 0) return;
    const body = new URLSearchParams({ now: Date.now() });
    batch.forEach((scan) => body.append('scans[]', `${scan.id} ${scan.code} ${scan.at}`));
    const answer = await ask(`${path(id)}/scans`, { method: 'POST', body }, LIST_PATIENCE);
    if (!answer?.ok) return;
    for (const problem of JSON.parse(answer.text).problems) problems.set(problem.id, problem);
    // Until the list is refreshed, the scan is what says that its ticket is used.
    for (const scan of batch) await keep({ ...scan, code: '', isSent: true });
  }
}

function useList(text) {
  const { tickets, ...rest } = JSON.parse(text);
  list = { ...rest, tickets: new Map(tickets.map(([digest, seat, usedAt]) => [digest, { seat, usedAt }])) };
}

/** Gets the list of tickets anew. The scans that it contains need not be kept any longer. */
async function refresh() {
  if (isRefreshing) return;
  isRefreshing = true;
  const isOver = (scan) => scan.isSent && (scan.schedule === schedule || Date.now() - scan.at > DAY);
  const before = [...scans.values()].filter(isOver).map((scan) => scan.id);
  const address = `${path(schedule)}/offline`;
  const answer = await ask(address, {}, LIST_PATIENCE);
  if (answer?.ok) {
    useList(answer.text);
    changed();
    const put = (cache) => cache.put(address, new Response(answer.text));
    await globalThis.caches?.open(CACHE).then(put).catch(() => {});
    await forget(before);
    if (!isPageKept) await keepPage().catch(() => {});
  }
  isRefreshing = false;
  changed();
}

/** Keeps the page with its style and scripts, and registers the worker that opens it without a connection. */
async function keepPage() {
  if (!navigator.serviceWorker || !globalThis.caches) return;
  await loaded;
  await navigator.serviceWorker.register('/staff/door/worker.js', { scope: '/staff/door/' });
  const cache = await caches.open(CACHE);
  const used = performance.getEntriesByType('resource').map((entry) => new URL(entry.name));
  const files = used.filter((file) => file.origin === location.origin && /^\/(pkg|static)\//.test(file.pathname));
  // The page is requested anew, because the one that is shown may be the verdict on a ticket, which has a name.
  for (const file of new Set([path(schedule), ...files.map((file) => file.pathname)])) {
    const answer = await fetch(file, { headers: { accept: 'text/html,*/*' } });
    if (answer.ok && !answer.redirected) await cache.put(file, answer);
  }
  await navigator.serviceWorker.ready;
  isPageKept = await cache.match(path(schedule), { ignoreVary: true }) !== undefined;
}

/** Done when what is on the phone has been read. */
let started = Promise.resolve();

async function readKept() {
  database = await openDatabase();
  for (const scan of (await inDatabase((stored) => stored.getAll())) ?? []) scans.set(scan.id, scan);
  const address = `${path(schedule)}/offline`;
  const kept = await globalThis.caches?.match(address, { cacheName: CACHE }).catch(() => undefined);
  if (kept) useList(await kept.text());
}

/**
 * Starts all of this. `whenChanged` is called whenever `state` has changed. The promise `whenLoaded` is resolved when
 * the page has loaded all of its files, so that they can be kept.
 */
export function start(whenChanged, whenLoaded) {
  changed = whenChanged;
  loaded = whenLoaded;
  const meet = async () => { await send(); await refresh(); };
  started = readKept();
  started.then(changed).then(meet);
  addEventListener('online', meet);
  addEventListener('offline', () => { offlineSince ??= Date.now(); changed(); });
  setInterval(send, RESEND);
  setInterval(refresh, REFRESH);
}
