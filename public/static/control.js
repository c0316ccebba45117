// Reloads the figures of the control room every second while the page is visible. If scripts are off, the whole page
// reloads every 5 seconds instead.
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
