// The end of the session: a question two minutes before. All tabs of a person share it.

const WARNING = 2 * 60_000;
const dialog = document.getElementById("idle");
const { person, seconds } = dialog.dataset;
const ENDS = `ends:${person}`;
let timer;

function postpone(seconds) {
  localStorage.setItem(ENDS, Date.now() + seconds * 1000);
  watch();
}

function watch() {
  clearTimeout(timer);
  const left = Number(localStorage.getItem(ENDS)) - Date.now();
  // Some seconds late: asking for the page too early would keep the session alive.
  if (left < -4000) location.replace(location.pathname + location.search);
  if (left > WARNING) dialog.close();
  else if (!dialog.open) dialog.showModal();
  timer = setTimeout(watch, left > WARNING ? left - WARNING : Math.max(left, 0) + 5000);
}

dialog.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation();
  const { action } = event.target;
  const answer = await fetch(action, { method: "POST", body: new FormData(event.target) }).catch(() => null);
  const ends = answer?.headers.get("Session-Ends-In");
  if (ends) postpone(ends);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const ends = detail.xhr.getResponseHeader("Session-Ends-In");
  if (ends) postpone(ends);
});
// Another tab was used, or the computer slept through the timer.
window.addEventListener("storage", ({ key }) => key === ENDS && watch());
document.addEventListener("visibilitychange", watch);

postpone(seconds);
