// The door without a connection. While there is one, this script keeps a copy of the page and of the list of tickets.
// Without one, it checks tickets with the list, keeps what it has scanned, and sends that as soon as it can.
//
// What is on the phone: the page with its style and scripts; the list, which has of each ticket its seat, when it was
// used, and a hash of its code; and the codes of scans that are not sent yet. There are no names. Page and list are in
// the cache `encore-door`, which is deleted once the server has signed somebody out (app/src/components/once.js). The
// scans are in the database `encore-door`.

const CACHE = 'encore-door';
/** How long the server may take for a check, and for the list, in milliseconds. Then it counts as out of reach. */
const PATIENCE = 5_000, LIST_PATIENCE = 30_000;
/**
 * How often the list is refreshed, and how often unsent scans are sent, or the server is looked for if there was no
 * connection, in milliseconds.
 */
const REFRESH = 60_000, RESEND = 10_000;
/** The most scans in one request, as in `back_office::SCANS`. */
const BATCH = 200;
const DAY = 24 * 3_600_000;

const schedule = Number(document.getElementById('door')?.dataset.schedule);
const path = (id) => `/staff/door/${id}`;

/** The list from the server, with its tag, and its tickets by the hashes of their codes. Null if there is none. */
let list = null;
/** Scans by their ids: those that are not sent yet, and those that are newer than the list. */
const scans = new Map();
/** What the server says of tickets that should not have let anybody in, as HTML. Null if it was not asked yet. */
let problems = null;
let database = null, isStored = true, offlineSince = null, isSignedOut = false, isPageKept = false;
let isRefreshing = false, isSending = false, keeping = null;
let changed = () => {}, loaded = null;

const unsent = () => [...scans.values()].filter((scan) => !scan.isSent);

/** What the page shows of all this. */
export function state() {
  return {
    offlineSince, isSignedOut, isPageKept, isStored, problems, unsent: unsent().length,
    listFrom: list?.now ?? null, timeZone: list?.time_zone,
  };
}

/** Returns 128 random bits in hexadecimal digits. */
export function newId() {
  return hex(crypto.getRandomValues(new Uint8Array(16)));
}

/** Sends a request. Returns the response and the JSON in it, or null if there was none in time. */
async function request(to, options, patience) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), patience);
  try {
    const response = await fetch(to, { ...options, signal: stop.signal });
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return { response, data: isJson ? await response.json() : null };
  } catch {
    // No connection, or it was lost before the whole answer was there.
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Sends a request. Returns the answer, or null if there is no connection to the server, which includes a server that
 * takes too long and one that fails. All answers are JSON, so any other is not the server's but, for example, that of a
 * network to which people must sign in.
 */
export async function ask(to, options = {}, patience = PATIENCE) {
  const { response, data } = await request(to, options, patience) ?? {};
  const isUnchanged = response?.status === 304;
  const isServer = isUnchanged || (data && response.status < 500);
  const answer = isServer ? { ok: response.ok, isUnchanged, data, headers: response.headers } : null;
  offlineSince = answer ? null : offlineSince ?? Date.now();
  // Who has to pass a second step is not signed out, but the server decides nothing for them: the list stays.
  const needsSecondStep = data?.code === 'second_step_needed';
  const isOut = ['not_signed_in', 'not_staff'].includes(data?.code);
  if (answer) isSignedOut = isOut || needsSecondStep;
  if (answer && isOut) await forgetList();
  changed();
  return answer;
}

/** Somebody has signed out, perhaps in another tab: nothing of the door stays on the phone but the scans. */
async function forgetList() {
  list = null;
  isPageKept = false;
  await globalThis.caches?.delete(CACHE).catch(() => {});
}

// The code of a ticket.

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const PASS = 'ENCORE1.';
/**
 * The numbers of digits of a pass: its beginning, the schedule, the code, which is shorter in earlier versions, and the
 * signature (see src/ticket_code.rs).
 */
const BEGINNING = 7, SCHEDULE = 8, CODES = [21, 16], SIGNATURE = 103;
/**
 * What can be the code of a ticket. Only the server can tell whether it is. Codes of an earlier version are shorter,
 * and are not on the list: who has the list could find them by their hashes.
 */
const IS_CODE = /^[0-9A-HJKMNP-TV-Z]{9,21}$/;

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
  const isPass = digits.startsWith(typedDigits(PASS))
    && CODES.includes(digits.length - BEGINNING - SCHEDULE - SIGNATURE);
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

/** Whether the house has signed a pass with one of its keys. Null if this browser does not know Ed25519. */
async function isSigned(pass, publicKeys) {
  for (const key of publicKeys) {
    const is = await isSignedWith(pass, key);
    if (is !== false) return is;
  }
  return false;
}

async function isSignedWith({ signed, signature }, publicKey) {
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
  // Without Ed25519 the list decides alone: a code that was made up is not in it. A list of an earlier version has one key.
  const isGood = pass.signed ? await isSigned(pass, list.public_keys ?? [list.public_key]) : null;
  if (isGood === false) return { verdict: 'unknown' };
  if (pass.signed && pass.schedule !== schedule) return { verdict: 'wrong_show' };
  const digest = await digestOf(pass.code);
  const ticket = list.tickets.get(digest);
  const canBeTicket = pass.signed || IS_CODE.test(pass.code);
  if (!ticket) return canBeTicket ? { verdict: 'not_listed', at: list.now } : { verdict: 'unknown' };
  const mine = [...scans.values()].find((scan) => scan.digest === digest);
  const at = ticket.usedAt ?? mine?.at;
  if (at) return { verdict: 'used', seat: ticket.seat, at };
  if (Date.now() < list.opens && !fields.early) return { verdict: 'too_early', seat: ticket.seat, at: list.opens };
  await keep({ id: fields.scan, schedule, code: pass.code, digest, at: Date.now(), isSent: false });
  return { verdict: 'valid', seat: ticket.seat };
}

/** Remembers that the server let somebody in, for the time until the list says so. `digest` is that of the ticket. */
export async function noteAdmitted(id, digest) {
  await keep({ id, schedule, code: '', digest, at: Date.now(), isSent: true });
}

// The database of scans. A browser may have none, as in some private windows, or close it. All scans are in memory too,
// so they are sent nevertheless if the page stays open.

function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('encore-door', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('scans', { keyPath: 'id' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function transact(work) {
  database ??= await openDatabase();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction('scans', 'readwrite', { durability: 'strict' });
    const request = work(transaction.objectStore('scans'));
    transaction.oncomplete = () => resolve({ result: request?.result });
    transaction.onabort = () => reject(transaction.error);
  });
}

/**
 * Runs `work` on the stored scans, and returns its result once it is on the disk. If that fails, the database is opened
 * again and it is tried once more. Null if that fails too.
 */
async function inDatabase(work) {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    try {
      return await transact(work);
    } catch {
      database = null;
    }
  }
  isStored = false;
  changed();
  return null;
}

async function keep(scan) {
  scans.set(scan.id, scan);
  changed();
  // After a failure, also what could not be stored then.
  const missing = isStored ? [scan] : [...scans.values()];
  const isDone = await inDatabase((stored) => missing.forEach((each) => stored.put(each)));
  if (isDone && !isStored) {
    isStored = true;
    await readScans();
    changed();
  }
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
    if (id === schedule) problems = answer.data.problems;
    // Until the list is refreshed, the scan is what says that its ticket is used.
    for (const scan of batch) await keep({ ...scan, code: '', isSent: true });
  }
}

function useList({ tickets, ...rest }, tag) {
  list = { ...rest, tag, tickets: new Map(tickets.map(([digest, seat, usedAt]) => [digest, { seat, usedAt }])) };
}

/** Gets the list of tickets anew. The scans that it contains need not be kept any longer. */
async function refresh() {
  if (isRefreshing) return;
  isRefreshing = true;
  try {
    await getList();
  } finally {
    isRefreshing = false;
    changed();
  }
}

async function getList() {
  const isOver = (scan) => scan.isSent && (scan.schedule === schedule || Date.now() - scan.at > DAY);
  const before = [...scans.values()].filter(isOver).map((scan) => scan.id);
  const address = `${path(schedule)}/offline`;
  const headers = list?.tag ? { 'if-none-match': list.tag } : {};
  const answer = await ask(address, { headers }, LIST_PATIENCE);
  if (answer?.isUnchanged && list) {
    list.now = Date.parse(answer.headers.get('date')) || Date.now();
    // Somebody who signed out in another tab, and in again, has deleted what is kept: then all of it is loaded anew.
    if (isPageKept && !await globalThis.caches?.match(address, { cacheName: CACHE })) {
      list.tag = null;
      isPageKept = false;
    }
  } else if (answer?.ok) {
    useList(answer.data, answer.headers.get('etag'));
    // The date is for `prune`.
    const kept = new Response(JSON.stringify(answer.data), { headers: { date: new Date().toUTCString() } });
    await globalThis.caches?.open(CACHE).then((cache) => cache.put(address, kept)).catch(() => {});
  } else {
    return;
  }
  changed();
  if (before.length > 0) await forget(before);
  // The next refresh does not wait for this: a worker that cannot be installed is never ready.
  if (!isPageKept) keeping ??= keepPage().catch(() => {}).finally(() => { keeping = null; changed(); });
}

/** Deletes from the cache what was kept more than two days ago, which is of other dates. */
async function prune(cache) {
  for (const request of await cache.keys()) {
    const kept = await cache.match(request, { ignoreVary: true });
    const age = Date.now() - Date.parse(kept?.headers.get('date'));
    if (!(age < 2 * DAY)) await cache.delete(request, { ignoreVary: true });
  }
}

/** Keeps the page with its style and scripts, and registers the worker that opens it without a connection. */
async function keepPage() {
  if (!navigator.serviceWorker || !globalThis.caches) return;
  await loaded;
  await navigator.serviceWorker.register('/staff/door/worker.js', { scope: '/staff/door/' });
  const cache = await caches.open(CACHE);
  await prune(cache);
  const used = performance.getEntriesByType('resource').map((entry) => new URL(entry.name));
  const files = used.filter((file) => file.origin === location.origin && /^\/(pkg|static)\//.test(file.pathname));
  // The page is requested anew, because the one that is shown may be the verdict on a ticket, which has a name.
  for (const file of new Set([path(schedule), ...files.map((file) => file.pathname)])) {
    const answer = await fetch(file, { headers: { accept: 'text/html,*/*' } });
    if (answer.ok && !answer.redirected) await cache.put(file, answer);
  }
  await navigator.serviceWorker.ready;
  // Asked by its name, because the cache may have been deleted meanwhile.
  isPageKept = await caches.match(path(schedule), { cacheName: CACHE, ignoreVary: true }) !== undefined;
}

/** Done when what is on the phone has been read. */
let started = Promise.resolve();

/** Reads the stored scans that are not known yet. */
async function readScans() {
  const stored = (await inDatabase((all) => all.getAll()))?.result ?? [];
  for (const scan of stored) if (!scans.has(scan.id)) scans.set(scan.id, scan);
}

async function readKept() {
  await readScans();
  try {
    const kept = await globalThis.caches?.match(`${path(schedule)}/offline`, { cacheName: CACHE });
    // Without its tag, so that it is loaded anew as soon as there is a connection.
    if (kept) useList(await kept.json(), null);
  } catch {
    // What cannot be read is as good as no list.
  }
}

/** Sends what is unsent and refreshes the list, by which it also finds out whether there is a connection. */
export async function meet() {
  await send();
  await refresh();
}

/**
 * Starts all of this. `whenChanged` is called whenever `state` has changed. The promise `whenLoaded` is resolved when
 * the page has loaded all of its files, so that they can be kept.
 */
export function start(whenChanged, whenLoaded) {
  changed = whenChanged;
  loaded = whenLoaded;
  started = readKept();
  started.then(changed).then(meet);
  addEventListener('online', meet);
  addEventListener('offline', () => { offlineSince ??= Date.now(); changed(); });
  setInterval(() => (offlineSince ? meet() : send()), RESEND);
  setInterval(refresh, REFRESH);
}
