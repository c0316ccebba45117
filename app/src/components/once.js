// Every form that is posted shows that it is on its way, and is posted once: a second click does nothing. An island that sends its form
// by itself has prevented the event.
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.hasAttribute("data-sent")) event.preventDefault();
  form.setAttribute("data-sent", "");
  // If the visitor stopped it, no page comes.
  setTimeout(() => form.removeAttribute("data-sent"), 20000);
});
// The back button may bring the page back as it was left: then it is asked for again.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("[data-sent]")) location.reload();
});
