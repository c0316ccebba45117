// Keeps the screen on while the page is visible: a ticket that is shown at the door, a place in the queue. The browser
// turns it off again when the page is hidden, so it is asked each time the page is visible. The page works without this
// script.
async function keepScreenOn() {
  // Refused on a low battery, and unknown to some browsers.
  if (!document.hidden) await navigator.wakeLock?.request('screen').catch(() => {});
}

document.addEventListener('visibilitychange', keepScreenOn);
keepScreenOn();
