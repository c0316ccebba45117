// Marks a form that is being posted, for the style sheet, and prevents a second post by a second click. Forms that an
// island sends are left alone: the island has prevented the default action of the event.
addEventListener("submit", (event) => {
  const form = event.target;
  // Signing out deletes the copies of door pages and ticket lists from the browser, but no unsent scans.
  if (form.getAttribute("action") === "/api/sign-out") globalThis.caches?.delete("encore-door");
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.hasAttribute("data-sent")) event.preventDefault();
  form.setAttribute("data-sent", "");
  // If the visitor stops the request, no new page replaces the form, so it can be posted again after 20 seconds.
  setTimeout(() => form.removeAttribute("data-sent"), 20000);
});
// The back button may restore the page as it was left, with a form that is still marked. Then the page is reloaded.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("[data-sent]")) location.reload();
});
// A page without a connection may be out of date, and says so until the connection is back. So does an open map while
// its stream of events is lost, which its island tells with the event "stream" (islands/browser.rs).
const showConnection = () => {
  const notice = document.getElementById("connection");
  notice?.toggleAttribute("hidden", navigator.onLine && !notice.hasAttribute("data-lost"));
};
for (const name of ["offline", "online", "pageshow", "stream"]) addEventListener(name, showConnection);
// Without cookies nobody can sign in, so the page on which to sign in says so.
addEventListener("DOMContentLoaded", () => {
  if (!navigator.cookieEnabled) document.getElementById("no-cookies")?.removeAttribute("hidden");
});
