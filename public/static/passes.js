// On the page of a show's tickets: marks the number of the ticket that is in view. The page works without this script.
const links = document.querySelectorAll('.pass-links a');

function mark(seen) {
  for (const { target, isIntersecting } of seen) {
    if (!isIntersecting) continue;
    for (const link of links) {
      if (link.hash === `#${target.id}`) link.setAttribute('aria-current', 'true');
      else link.removeAttribute('aria-current');
    }
  }
}

// More than half of only one ticket is in view at a time.
const watch = new IntersectionObserver(mark, { root: document.querySelector('.passes'), threshold: 0.6 });
for (const pass of document.querySelectorAll('.pass')) watch.observe(pass);
