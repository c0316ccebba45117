// Starts the islands of a page. An island may be inside another: the outer one starts first, and the element with its
// children then restores its context.
const compiled = import(script).then(async (islands) => {
  await islands.default({ module_or_path: program });
  return islands;
});
// A page that is read is styled too, so that islands can measure it: a script behind the link to the style sheet (once.js)
// makes the browser wait for it.
if (document.readyState === "loading") {
  await new Promise((read) => addEventListener("DOMContentLoaded", read, { once: true }));
}
const islands = await compiled;
islands.hydrate();
for (const island of document.querySelectorAll("leptos-island")) {
  island.parentElement.closest("leptos-children")?.$$on_hydrate?.();
  await islands[island.dataset.component](island);
}
