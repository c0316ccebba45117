// The control room's figures, asked for again each second while the page is seen. Without this the page loads itself anew.
const now = document.getElementById('now');

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(now.dataset.url);
      if (answer.ok) now.innerHTML = await answer.text();
      now.classList.toggle('stale', !answer.ok);
    } catch {
      now.classList.add('stale');
    }
  }
  setTimeout(look, 1000);
}

setTimeout(look, 1000);
now.dataset.live = 'control';
