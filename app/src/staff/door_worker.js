// The service worker of the pages of doors (/staff/door/…). It opens a page without a connection: what the server does
// not answer, or answers only with a failure, is taken from the copies that the page itself has kept
// (public/static/door_offline.js).

/** How long the server may take before a copy is shown, in milliseconds. */
const PATIENCE = 5000;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const isKept = request.mode === 'navigate' || /^\/(pkg|static)\//.test(pathname);
  if (request.method !== 'GET' || origin !== self.location.origin || !isKept) return;
  const answer = fetch(request);
  const late = new Promise((_, reject) => { setTimeout(reject, PATIENCE, new Error('no answer yet')); });
  const copy = () => caches.match(pathname, { cacheName: 'encore-door', ignoreVary: true });
  const first = Promise.race([answer, late]).then((given) => {
    if (given.status >= 500) throw new Error('the server fails');
    return given;
  });
  event.respondWith(first.catch(async () => (await copy()) ?? answer));
});
