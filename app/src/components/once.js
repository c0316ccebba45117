// Marks a form that is being posted, for the style sheet, and prevents a second post by a second click. Forms that an
// island sends are left alone: the island has prevented the default action of the event.
addEventListener("submit", (event) => {
  const form = event.target;
  const method = event.submitter?.getAttribute("formmethod") ?? form.method;
  if (event.defaultPrevented || method !== "post") return;
  if (form.hasAttribute("data-sent")) event.preventDefault();
  form.setAttribute("data-sent", "");
  // If the visitor stops the request, no new page replaces the form, so it can be posted again after 20 seconds.
  setTimeout(() => form.removeAttribute("data-sent"), 20000);
});
// The back button may restore the page as it was left, with a form that is still marked. Then the page is reloaded, but
// not without a connection: the form was not sent, and keeps what was typed.
addEventListener("pageshow", (event) => {
  const sent = event.persisted && document.querySelector("[data-sent]");
  if (sent && navigator.onLine) location.reload();
  else if (sent) sent.removeAttribute("data-sent");
});
// A page without a connection may be out of date, and says so until the connection is back. So does an open map while
// its stream of events is lost, which its island tells with the event "stream" (islands/browser.rs).
const showConnection = () => {
  const notice = document.getElementById("connection");
  notice?.toggleAttribute("hidden", navigator.onLine && !notice.hasAttribute("data-lost"));
};
for (const name of ["offline", "online", "pageshow", "stream"]) addEventListener(name, showConnection);
// Without cookies nobody can sign in, so the page on which to sign in says so. With them it sets one, from which the
// server knows that the browser keeps cookies, and need not find out (server/verb.rs, `NEEDS_COOKIE`).
addEventListener("DOMContentLoaded", () => {
  const notice = document.getElementById("no-cookies");
  if (!notice) return;
  const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; secure"] : ["", ""];
  document.cookie = `${prefix}cookies=on; path=/; samesite=lax${secure}`;
  notice.toggleAttribute("hidden", document.cookie.includes("cookies=on"));
});
// If the server has made this page for somebody who does not work at a door, the copies of pages and lists of doors are
// deleted from the browser, but no unsent scans. Without a connection nobody is signed out, and nothing is deleted.
if (document.documentElement.dataset.door === "none") globalThis.caches?.delete("encore-door").catch(() => {});
