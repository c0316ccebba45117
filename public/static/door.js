// The camera at the door. If the browser can read QR codes, every code that is held in front of the camera is checked,
// and the page shows the server's verdict. The form for typing a code works without this script.
const door = document.getElementById('door');
const form = document.getElementById('code-form');
const verdict = door.querySelector('[data-verdict]');
const camera = door.querySelector('[data-camera]');
const video = camera.querySelector('video');

/** How long a ticket must be out of the camera's view before it is checked again, in milliseconds. */
const AGAIN = 4000;

/** Says in place of the verdict on the last code that this one is being checked, or that it could not be. */
function say(text, className) {
  const said = document.createElement('p');
  said.className = className;
  said.textContent = text;
  verdict.replaceChildren(said);
}

/** Checks a ticket. `fields` are those of the form: the code and, to let somebody in too early, `early`. */
async function check(fields) {
  say(verdict.dataset.checking, 'verdict');
  try {
    const answer = await fetch('?part=verdict', { method: 'POST', body: new URLSearchParams(fields) });
    // Without a session the server sends the page on which to sign in.
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    verdict.innerHTML = await answer.text();
  } catch (failure) {
    say(verdict.dataset.failed, 'verdict verdict-bad');
    navigator.vibrate?.([80, 80, 80]);
    throw failure;
  }
  const good = verdict.querySelector('.verdict-good') !== null;
  navigator.vibrate?.(good ? 80 : [80, 80, 80]);
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
  } catch {
    // If the request failed, submit the form the ordinary way, so that the browser itself shows what is wrong.
    form.submit();
  }
});

// The button of a verdict that lets somebody in too early. The camera's next code does not wait for it.
verdict.addEventListener('submit', (event) => {
  event.preventDefault();
  check(new FormData(event.target, event.submitter)).catch(() => {});
});

async function watch() {
  const detector = new BarcodeDetector({ formats: ['qr_code'] });
  let last = '';
  let seen = 0;
  for (;;) {
    await new Promise(requestAnimationFrame);
    const [found] = video.readyState < 2 ? [] : await detector.detect(video).catch(() => []);
    if (!found) continue;
    const isSame = found.rawValue === last && performance.now() - seen < AGAIN;
    [last, seen] = [found.rawValue, performance.now()];
    if (isSame) continue;
    form.elements.namedItem('code').value = found.rawValue;
    // If the answer was lost, forget the code, so that the ticket is checked again as soon as the camera sees it.
    await check({ code: found.rawValue }).catch(() => { last = ''; });
  }
}

if ('BarcodeDetector' in window && navigator.mediaDevices) {
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
    watch();
  });
}
door.dataset.live = 'door';
