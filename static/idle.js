// The end of the session: a question two minutes before, and drafts, so that what was typed survives it.
"use strict";

(() => {
  const MINUTE = 60_000;
  const WARNING = 2 * MINUTE;
  // A draft is for who comes back; from the day before it would only mislead.
  const OLDEST_DRAFT = 12 * 60 * MINUTE;

  const dialog = document.getElementById("idle");
  if (!dialog) {
    // Signed out: what was sent last did not arrive, so its draft stays.
    sessionStorage.removeItem("sent");
    return;
  }
  const { person, seconds, login } = dialog.dataset;

  // --- The end of the session, which all tabs share --------------------------------------------------------------------

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

  // --- Drafts of forms marked data-draft="key": of this person, in this browser, until they are sent -----------------------

  const OWN = `draft:${person}:`;
  const draftOf = (form) => OWN + form.dataset.draft;
  const isTick = (field) => field.matches("[type=checkbox], [type=radio]");
  const nameOf = (field) => (isTick(field) ? `${field.name}=${field.value}` : field.name);
  const valueOf = (field) => (isTick(field) ? field.checked : field.value);
  const kept = (form) =>
    [...form.elements].filter((field) => field.name && !field.matches("[type=password], [type=hidden], [type=file], button"));

  function keep(form) {
    const values = kept(form).map((field) => [nameOf(field), valueOf(field)]);
    localStorage.setItem(draftOf(form), JSON.stringify({ at: Date.now(), values: Object.fromEntries(values) }));
  }

  function restore(form) {
    const draft = JSON.parse(localStorage.getItem(draftOf(form)));
    if (!draft) return;
    const typed = kept(form).filter((field) => ![undefined, valueOf(field)].includes(draft.values[nameOf(field)]));
    for (const field of typed) {
      field[isTick(field) ? "checked" : "value"] = draft.values[nameOf(field)];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (typed.length) form.before(notice(dialog.dataset.restored));
  }

  function notice(text) {
    const paragraph = document.createElement("p");
    paragraph.className = "notice";
    paragraph.setAttribute("role", "status");
    paragraph.textContent = text;
    return paragraph;
  }

  function forget(which) {
    Object.keys(localStorage).filter((key) => key.startsWith(OWN) && which(key)).forEach((key) => localStorage.removeItem(key));
  }

  // A page that a redirect led to is the answer to a form that went well; a refused one is shown without.
  if (performance.getEntriesByType("navigation")[0]?.redirectCount) forget((key) => key === sessionStorage.getItem("sent"));
  sessionStorage.removeItem("sent");
  forget((key) => Date.now() - JSON.parse(localStorage.getItem(key)).at > OLDEST_DRAFT);
  document.querySelectorAll("form[data-draft]").forEach(restore);

  document.addEventListener("input", ({ target }) => {
    if (target.form?.matches("[data-draft]")) keep(target.form);
  });
  document.addEventListener("submit", ({ target }) => {
    if (target.matches("[data-draft]")) sessionStorage.setItem("sent", draftOf(target));
    if (target.action.endsWith("/logout/")) forget(() => true);
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const form = detail.elt.closest("form[data-draft]");
    if (!form) return;
    const leadsTo = detail.xhr.getResponseHeader("HX-Redirect");
    const isSignedOut = leadsTo && new URL(leadsTo, location).pathname === login;
    if (detail.successful && !isSignedOut) forget((key) => key === draftOf(form));
    sessionStorage.removeItem("sent");
  });

  postpone(seconds);
})();
