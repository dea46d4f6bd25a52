// Drafts: what was typed into a form with data-draft="name" is kept in this browser until the form is sent.
//
// Of one person, who alone gets it back; for a day by the server's clock, for the till's may be years off. Each page has a
// draft of its own, and takes over that of the page that its tab showed before; those of other tabs it offers. In IndexedDB
// and not in localStorage, which Chrome writes to the disk up to a minute late: a strict transaction is on the disk when it
// says so, and only then the page says "saved".

const frame = document.getElementById("draft");
const DAY = 24 * 60 * 60 * 1000;
const { person, offset, leavesAt } = frame.dataset;
const LEAVES = leavesAt.split(" ");
const [BACK, SAVED, OTHER] = ["[data-draft-back]", "[data-draft-saved]", "[data-draft-other]"];
const PAGE = document.querySelector("meta[name=request-id]").content;
const LOADED_AT = performance.now();
const now = () => frame.dataset.now * 1000 + performance.now() - LOADED_AT;
const ofForm = (form) => `${person}:${form.dataset.draft}:`;
const keyOf = (form) => ofForm(form) + PAGE;

// --- The store -------------------------------------------------------------------------------------------------------

const opened = new Promise((resolve, reject) => {
  const request = indexedDB.open("cashpilot", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("drafts");
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// Does `work` on the store; resolves with its result once it is on the disk.
async function store(work) {
  const transaction = (await opened).transaction("drafts", "readwrite", { durability: "strict" });
  return new Promise((resolve, reject) => {
    const request = work(transaction.objectStore("drafts"));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

// `work` is given each draft in turn, of one form or of all.
const each = (form, work) =>
  store((drafts) => {
    const range = form && IDBKeyRange.bound(ofForm(form), `${ofForm(form)}\uffff`);
    const request = drafts.openCursor(range);
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor) work(cursor);
      cursor?.continue();
    };
    return request;
  });

const dropOld = () =>
  each(null, (cursor) => {
    if (Math.abs(now() - cursor.value.at) > DAY) cursor.delete();
  });

const move = (from, to) =>
  store((drafts) => {
    const request = drafts.get(from);
    request.onsuccess = () => {
      if (!request.result) return;
      drafts.put(request.result, to);
      drafts.delete(from);
    };
    return request;
  });

// --- What a form holds -----------------------------------------------------------------------------------------------

// By hand, on this page: what was kept before may be older by a key, and never takes its place unasked.
const typedHere = new WeakSet();
const isTick = (field) => field.matches("[type=checkbox], [type=radio]");
const nameOf = (field) => (isTick(field) ? `${field.name}=${field.value}` : field.name);
const valueOf = (field) => (isTick(field) ? field.checked : field.value);
const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && !field.matches("[type=password], [type=hidden], [type=file], [name=confirm_amount], button"));

// The time in Asunción by the server's offset: an old Windows knows a former one.
function time(at) {
  const [day, clock] = [at, now()].map((instant) => new Date(instant + offset * 1000).toISOString());
  const date = day.slice(0, 10) === clock.slice(0, 10) ? "" : `${day.slice(8, 10)}/${day.slice(5, 7)} `;
  return date + day.slice(11, 16);
}

function part(name, at) {
  const element = frame.content.querySelector(name).cloneNode(true);
  element.querySelector("time").textContent = time(at);
  return element;
}

// --- Keeping and giving back -----------------------------------------------------------------------------------------

async function keep(form) {
  const values = Object.fromEntries(fieldsOf(form).map((field) => [nameOf(field), valueOf(field)]));
  // Sent, and nobody knows whether it arrived: under its token it is carried out once, after a reload too.
  const token = "unsure" in form.dataset ? form.elements.token.value : undefined;
  const at = now();
  await store((drafts) => drafts.put({ at, values, token }, keyOf(form)));
  form.querySelector(SAVED)?.remove();
  form.querySelector("[type=submit]").after(part(SAVED, at));
}

// A list has no `defaultValue`: whether it was changed is not known.
const isTypedInto = (field) => !isTick(field) && field.value !== (field.defaultValue ?? field.value);

// The fields that the draft would change; a blank of another page does not wipe out what was typed here.
function changedBy(draft, form) {
  return fieldsOf(form).filter((field) => {
    const value = draft.values[nameOf(field)];
    return ![undefined, valueOf(field)].includes(value) && (value !== "" || !isTypedInto(field));
  });
}

function fill(form, draft, isWanted = () => true) {
  const changed = changedBy(draft, form).filter(isWanted);
  for (const field of changed) {
    field[isTick(field) ? "checked" : "value"] = draft.values[nameOf(field)];
    field.dispatchEvent(new CustomEvent("input", { bubbles: true, detail: "restored" }));
  }
  if (draft.token) {
    form.dataset.unsure = "";
    form.elements.token.value = draft.token;
  }
  return changed.length;
}

// The page that this tab showed before: what was typed there is typed here.
async function takeOver(form) {
  const place = `page:${ofForm(form)}`;
  const before = sessionStorage.getItem(place);
  sessionStorage.setItem(place, PAGE);
  if (before) await move(ofForm(form) + before, keyOf(form));
}

// The newest of the other pages' drafts; it stays theirs until somebody decides.
async function offer(form) {
  const others = [];
  await each(form, ({ key, value }) => {
    if (key !== keyOf(form) && changedBy(value, form).length) others.push({ key, at: value.at });
  });
  const [newest] = others.sort((one, other) => other.at - one.at);
  if (!newest) return;
  const notice = part(OTHER, newest.at);
  notice.dataset.key = newest.key;
  form.before(notice);
}

// Before this script came, or by the browser itself, which gives back at a reload what stood in the fields.
function typedBefore(form) {
  const fields = fieldsOf(form).filter(isTypedInto);
  fields.forEach((field) => typedHere.add(field));
  return fields.length > 0;
}

async function restore(form, isNewPage) {
  const isTypedBefore = isNewPage && typedBefore(form);
  if (isNewPage) await takeOver(form);
  const draft = await store((drafts) => drafts.get(keyOf(form)));
  if (draft && fill(form, draft, (field) => !typedHere.has(field)) && isNewPage) form.before(part(BACK, draft.at));
  if (isTypedBefore) await keep(form);
  if (isNewPage) await offer(form);
}

async function decide(notice, isWanted) {
  const form = notice.parentElement.querySelector("form[data-draft]");
  const draft = await store((drafts) => drafts.get(notice.dataset.key));
  if (draft && isWanted) {
    fill(form, draft);
    await keep(form);
  }
  await store((drafts) => drafts.delete(notice.dataset.key));
  notice.remove();
  await offer(form);
}

const drop = (form) => store((drafts) => drafts.delete(keyOf(form)));
// What led to another page is done for good: what other tabs had typed into the same form is older.
const dropAll = (form) => each(form, (cursor) => cursor.delete());
const quietly = (promise) => promise.catch(() => {});

document.addEventListener("input", ({ target, detail }) => {
  if (!target.form?.matches("[data-draft]") || detail === "restored") return;
  typedHere.add(target);
  quietly(keep(target.form));
});
document.addEventListener("click", async ({ target }) => {
  const notice = target.matches("button") && target.closest(OTHER);
  if (notice) quietly(decide(notice, target.matches("[data-recover]")));
  if (!target.matches(`${BACK} button`)) return;
  await drop(target.closest(BACK).parentElement.querySelector("form[data-draft]"));
  location.reload();
});
document.addEventListener("htmx:load", ({ target }) => {
  target.querySelectorAll("form[data-draft]").forEach((form) => quietly(restore(form, target === document.body)));
});

// --- Sent ------------------------------------------------------------------------------------------------------------

document.addEventListener("htmx:beforeOnLoad", ({ detail: { elt, xhr } }) => {
  if (!elt.matches("form[data-draft]")) return;
  const leadsTo = xhr.getResponseHeader("HX-Redirect");
  const isSent = xhr.status < 300 && !(leadsTo && LEAVES.includes(new URL(leadsTo, location).pathname));
  if (xhr.status < 500) delete elt.dataset.unsure;
  if (!isSent) quietly(keep(elt));
  else quietly(leadsTo ? dropAll(elt) : drop(elt));
});
for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, ({ detail: { elt, xhr } }) => {
    if (!elt.matches("form[data-draft]") || (xhr.status && xhr.status < 500)) return;
    elt.dataset.unsure = "";
    quietly(keep(elt));
  });
}

quietly(dropOld());
