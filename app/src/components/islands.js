// Starts the islands of a page. An island may be inside another: the outer one starts first, and the element with its
// children then restores its context.
const compiled = import(script).then(async (islands) => {
  await islands.default({ module_or_path: program });
  return islands;
});
const once = (target, ...events) => new Promise((come) => {
  for (const event of events) target.addEventListener(event, come, { once: true });
});
if (document.readyState === "loading") await once(document, "DOMContentLoaded");
// Islands measure what they show.
const style = document.querySelector("link[rel=stylesheet]");
if (!style.sheet) await once(style, "load", "error");
const islands = await compiled;
islands.hydrate();
for (const island of document.querySelectorAll("leptos-island")) {
  island.parentElement.closest("leptos-children")?.$$on_hydrate?.();
  await islands[island.dataset.component](island);
}
