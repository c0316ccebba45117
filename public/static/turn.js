// On the page of a fan who waits: keeps the screen on and, if the fan asks for it, plays a sound and shows a
// notification when it is their turn. The page works without this script.
import './awake.js';

const place = document.querySelector('[data-live=queue]');
const offer = document.querySelector('div[data-alert]');
const button = offer.querySelector('button');
const confirmed = offer.querySelector('p');
let audio;

/** Two short tones, the second one higher. */
function play() {
  [[0, 660], [0.25, 880]].forEach(([delay, pitch]) => {
    const [tone, volume] = [audio.createOscillator(), audio.createGain()];
    const begins = audio.currentTime + delay;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.3, begins);
    volume.gain.exponentialRampToValueAtTime(0.001, begins + 0.6);
    tone.connect(volume).connect(audio.destination);
    tone.start(begins);
    tone.stop(begins + 0.6);
  });
}

function alertFan() {
  if (!audio || !('turn' in place.dataset)) return;
  play();
  navigator.vibrate?.([200, 100, 200]);
  try {
    if (window.Notification?.permission === 'granted') new Notification(offer.dataset.turn, { tag: 'turn' });
  } catch {
    // Some browsers on phones show notifications only from a service worker. The sound is enough.
  }
}

button.addEventListener('click', async () => {
  audio ??= new AudioContext();
  play();
  place.dataset.alert = '';
  button.hidden = true;
  confirmed.textContent = confirmed.dataset.on;
  await window.Notification?.requestPermission();
});
new MutationObserver(alertFan).observe(place, { attributeFilter: ['data-turn'] });
offer.hidden = false;
