// Makes a passkey, or signs in with one (app/src/verbs/passkeys.rs): asks the server for a challenge, lets the browser
// answer it, and sends the answer with the form. The form is hidden until this script knows that the browser can.

const bytesOf = (text) => {
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
};
const textOf = (buffer) => {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
};

/** The options of the server, with their bytes as bytes (WebAuthn, section 5.1.8). */
function read(options) {
  const withId = (known) => ({ ...known, id: bytesOf(known.id) });
  const made = { ...options, challenge: bytesOf(options.challenge) };
  if (options.user) made.user = withId(options.user);
  for (const list of ['excludeCredentials', 'allowCredentials']) {
    if (options[list]) made[list] = options[list].map(withId);
  }
  return made;
}

/** What the browser answered, with its bytes as text (WebAuthn, section 5.1.9). */
function written({ id, rawId, type, response }) {
  const names = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'];
  const parts = names.filter((name) => response[name]).map((name) => [name, textOf(response[name])]);
  return JSON.stringify({ id, rawId: textOf(rawId), type, response: Object.fromEntries(parts), extensions: {} });
}

async function answer(form) {
  const sent = new FormData(form);
  ['challenge', 'credential'].forEach((name) => sent.delete(name));
  const response = await fetch(form.dataset.begin, {
    method: 'POST', body: new URLSearchParams(sent), headers: { accept: 'application/json' },
  });
  const body = await response.json();
  if (!response.ok) throw new Error(body.message);
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey: read(body.options) })
    .catch(() => { throw new Error(form.querySelector('[data-failed]').dataset.failed); });
  form.elements.challenge.value = body.challenge;
  form.elements.credential.value = written(credential);
}

if (window.PublicKeyCredential) {
  for (const note of document.querySelectorAll('[data-no-passkeys]')) note.hidden = true;
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false;
    const [button, note] = [form.querySelector('button'), form.querySelector('[data-failed]')];
    const begin = () => {
      if (button.disabled || !form.reportValidity()) return;
      button.disabled = true;
      note.hidden = true;
      answer(form).then(() => form.submit()).catch((error) => {
        // Without a connection, or from a network in between, there is no sentence of the server.
        const isOurs = !(error instanceof TypeError || error instanceof SyntaxError);
        note.textContent = isOurs ? error.message : note.dataset.failed;
        note.hidden = false;
        button.disabled = false;
      });
    };
    button.addEventListener('click', begin);
    // The back button may restore the page as it was left.
    addEventListener('pageshow', () => { button.disabled = false; });
    // Enter in the field of the password.
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      begin();
    });
  }
}
