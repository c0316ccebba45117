// The page of a door. A code that is typed, or that is held in front of the camera, is checked by the server or,
// without a connection, by the phone itself (door_offline.js). The form for typing a code works without this script.
import { ask, checkOffline, meet, newId, noteAdmitted, start, state } from './door_offline.js';

const door = document.getElementById('door');
const form = document.getElementById('code-form');
const verdict = door.querySelector('[data-verdict]');
const camera = door.querySelector('[data-camera]');
const video = camera.querySelector('video');
const words = JSON.parse(door.dataset.words);

/** How long a ticket must be out of the camera's view before it is checked again, in milliseconds. */
const AGAIN = 4000;

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** A sentence with its parts in braces filled in. */
function fill(sentence, parts) {
  return Object.entries(parts).reduce((text, [name, part]) => text.replaceAll(`{${name}}`, () => part), sentence);
}

/** An instant at the venue, as a time of day, with the date unless it is today. */
function when(at) {
  const { lang } = document.documentElement, { timeZone } = state();
  const format = (options) => new Intl.DateTimeFormat(lang, { timeZone, ...options });
  const date = format({ dateStyle: 'medium' });
  const isToday = date.format(at) === date.format(Date.now());
  return format({ dateStyle: isToday ? undefined : 'medium', timeStyle: 'short', hourCycle: 'h23' }).format(at);
}

/** Says in place of the verdict on the last code that this one is being checked, or that it could not be. */
function say(text, className) {
  verdict.replaceChildren(element('p', className, text));
}

/**
 * Shows a verdict of this phone. A good one does not look like one of the server, because the server may know better. If
 * it is too early, there is the button that lets the holder in nevertheless.
 */
function show({ verdict: word, seat, at }, code) {
  const isGood = word === 'valid';
  say(fill(words[word], { when: at ? when(at) : '' }), `verdict verdict-${isGood ? 'offline' : 'bad'}`);
  if (seat) verdict.append(element('p', 'verdict-about', seat));
  if (word === 'too_early') {
    const letIn = element('form', '', '');
    const button = element('button', 'button button-second', words.let_in);
    const hidden = element('input', '', '');
    Object.assign(button, { name: 'early', value: 'yes' });
    Object.assign(hidden, { type: 'hidden', name: 'code', value: code });
    letIn.append(hidden, button);
    verdict.append(letIn);
  }
  verdict.append(element('p', 'muted', words.without_connection));
}

/**
 * Checks a ticket: at the server, or without it. `given` has the fields of the form: the code and, to let somebody in
 * too early, `early`. Throws if the ticket could not be checked; the answer of the server is the cause, if it gave one.
 */
async function check(given) {
  say(verdict.dataset.checking, 'verdict');
  // The id lets the server know the check again if its answer is lost and the phone sends it as a scan.
  const fields = { ...given, scan: newId() };
  // Nobody waits for a connection of which it is known that there is none: the phone decides, and then looks for it.
  const isOffline = state().offlineSince !== null;
  let offline = isOffline ? await checkOffline(fields) : null;
  const answer = offline ? null : await ask('?part=verdict', { method: 'POST', body: new URLSearchParams(fields) });
  offline ??= answer ? null : await checkOffline(fields);
  if (isOffline && offline) meet();
  if (offline) show(offline, fields.code);
  else if (answer?.ok) verdict.innerHTML = answer.data.html;
  else say(verdict.dataset.failed, 'verdict verdict-bad');
  const isGood = verdict.querySelector('.verdict-good, .verdict-offline') !== null;
  navigator.vibrate?.(isGood ? 80 : [80, 80, 80]);
  if (!offline && !answer?.ok) throw new Error('not checked', { cause: answer });
  if (!answer?.ok) return;
  door.querySelector('[data-inside]').textContent = answer.data.inside;
  if (isGood) await noteAdmitted(fields.scan, answer.data.ticket);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const field = form.elements.namedItem('code');
  // Ignore a second click within a second: it would report the ticket as already used by the first click.
  const button = form.querySelector('button');
  if (button.disabled) return;
  button.disabled = true;
  setTimeout(() => { button.disabled = false; }, 1000);
  try {
    await check({ code: field.value });
    field.select();
  } catch (failure) {
    // If the server refused the request, submit the form the ordinary way, so that the browser itself shows what is
    // wrong.
    if (failure.cause) form.submit();
  }
});

// The button of a verdict that lets somebody in too early. The camera's next code does not wait for it.
verdict.addEventListener('submit', (event) => {
  event.preventDefault();
  check(Object.fromEntries(new FormData(event.target, event.submitter))).catch(() => {});
});

/** Whether the browser has a detector of QR codes. One that does not say which formats it knows is tried. */
async function readsQr() {
  if (!globalThis.BarcodeDetector) return false;
  const formats = await BarcodeDetector.getSupportedFormats?.().catch(() => []);
  return formats?.includes('qr_code') ?? true;
}

/** Returns a function that reads the QR code in the video: the browser's own, or else ours. Null if there is none. */
async function decoder() {
  if (await readsQr()) {
    const detector = new BarcodeDetector({ formats: ['qr_code'] });
    return async () => (await detector.detect(video).catch(() => []))[0]?.rawValue;
  }
  const read = await import('./qr.js').then((module) => module.load()).catch(() => null);
  return read && (() => read(video, video.videoWidth, video.videoHeight));
}

const decoding = navigator.mediaDevices ? decoder() : Promise.resolve(null);

// The line that says whether there is a connection, and the tickets that should not have let anybody in. They are also
// in the page when it is opened again.
const line = door.querySelector('[data-state]');
const reports = door.querySelector('[data-problems]');
let reported = null;

start(() => {
  const { offlineSince, isSignedOut, isPageKept, isStored, unsent, problems, listFrom } = state();
  const connection = offlineSince ? fill(words.offline_since, { when: when(offlineSince) }) : words.online;
  const isGood = !offlineSince && !isSignedOut;
  const parts = [
    unsent > 0 && fill(words.unsent, { number: unsent }),
    listFrom ? fill(words.list_of, { when: when(listFrom) }) : words.no_list,
  ];
  line.replaceChildren(
    element('span', isGood ? 'door-good' : 'door-bad', isSignedOut ? words.signed_out : connection),
    ...parts.filter(Boolean).map((part) => ` · ${part}`),
  );
  door.toggleAttribute('data-kept', isPageKept);
  door.querySelector('[data-unkept]').hidden = isStored;
  if (problems === null || problems === reported) return;
  reported = problems;
  reports.innerHTML = problems;
  reports.querySelector('details')?.setAttribute('open', '');
}, decoding);

async function watch(read) {
  let last = '';
  let seen = 0;
  for (;;) {
    await new Promise(requestAnimationFrame);
    const code = video.readyState < 2 ? null : await read();
    if (!code) continue;
    const isSame = code === last && performance.now() - seen < AGAIN;
    [last, seen] = [code, performance.now()];
    if (isSame) continue;
    form.elements.namedItem('code').value = code;
    // If the ticket could not be checked, forget the code, so that it is checked again as soon as the camera sees it.
    await check({ code }).catch(() => { last = ''; });
  }
}

const read = await decoding;
if (read) {
  camera.hidden = false;
  camera.querySelector('[data-start]').addEventListener('click', async ({ currentTarget }) => {
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    } catch {
      camera.querySelector('[data-denied]').hidden = false;
      return;
    }
    currentTarget.hidden = true;
    video.hidden = false;
    await video.play();
    watch(read);
  });
}
door.dataset.live = 'door';
