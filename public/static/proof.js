// Solves the task of a form that was refused because many requests came from the visitor's network, or from everywhere
// (see app/src/server/proof.rs): finds the number for which a key, derived from it, begins as the task says. The format
// is that of ALTCHA's proof of work, version 2. A form that is only a button is sent once the task is solved.

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (digits) => parseInt(digits, 16));
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** How many attempts are under way at once: enough to keep the browser's own threads busy. */
const AT_ONCE = 16;

async function solve({ parameters }) {
  const [nonce, salt] = [bytesOf(parameters.nonce), bytesOf(parameters.salt)];
  const attempt = async (counter) => {
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: parameters.cost };
    return hexOf(new Uint8Array(await crypto.subtle.deriveBits(how, key, parameters.keyLength * 8)));
  };
  for (let first = 0; ; first += AT_ONCE) {
    const keys = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => attempt(first + index)));
    const found = keys.findIndex((key) => key.startsWith(parameters.keyPrefix));
    if (found >= 0) return { counter: first + found, derivedKey: keys[found] };
  }
}

for (const place of document.querySelectorAll('[data-task]')) {
  const form = place.closest('form');
  const [field, note] = [place.querySelector('input'), place.querySelector('p')];
  const buttons = form.querySelectorAll('button');
  // Without a secure connection browsers have no functions for this: then the note says how long to wait.
  if (!crypto.subtle) continue;
  note.textContent = note.dataset.solving;
  buttons.forEach((button) => { button.disabled = true; });
  const challenge = JSON.parse(place.dataset.task);
  solve(challenge).then((solution) => {
    field.value = btoa(JSON.stringify({ challenge, solution }));
    note.textContent = note.dataset.solved;
  }).catch(() => {
    // The form can be sent without a solution, later.
    note.textContent = '';
  }).finally(() => {
    buttons.forEach((button) => { button.disabled = false; });
    if (field.value && 'send' in place.dataset) form.requestSubmit();
  });
}
