// Drafts: what was typed into a form with data-draft="name" is kept in this browser until the form is sent.
//
// Of one person, who alone gets it back; for a day. In IndexedDB and not in localStorage, which Chrome writes to the disk
// up to a minute late: a strict transaction is on the disk when it says so, and only then the page says "saved".

const frame = document.getElementById("draft");
const DAY = 24 * 60 * 60 * 1000;
const { person, offset, leavesAt } = frame.dataset;
const LEAVES = leavesAt.split(" ");
const [BACK, SAVED] = ["[data-draft-back]", "[data-draft-saved]"];
const keyOf = (form) => `${person}:${form.dataset.draft}`;

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

const dropOld = () =>
  store((drafts) => {
    const request = drafts.openCursor();
    request.onsuccess = () => {
      const cursor = request.result;
      if (cursor && Date.now() - cursor.value.at > DAY) cursor.delete();
      cursor?.continue();
    };
    return request;
  });

// --- What a form holds -----------------------------------------------------------------------------------------------

const isTick = (field) => field.matches("[type=checkbox], [type=radio]");
const nameOf = (field) => (isTick(field) ? `${field.name}=${field.value}` : field.name);
const valueOf = (field) => (isTick(field) ? field.checked : field.value);
const fieldsOf = (form) =>
  [...form.elements].filter((field) => field.name && !field.matches("[type=password], [type=hidden], [type=file], [name=confirm_amount], button"));

// The time in Asunción by the server's offset: an old Windows knows a former one.
function time(at) {
  const [day, clock] = [at, Date.now()].map((instant) => new Date(instant + offset * 1000).toISOString());
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
  const at = Date.now();
  await store((drafts) => drafts.put({ at, values, token }, keyOf(form)));
  form.querySelector(SAVED)?.remove();
  form.querySelector("[type=submit]").after(part(SAVED, at));
}

async function restore(form, isNewPage) {
  const draft = await store((drafts) => drafts.get(keyOf(form)));
  if (!draft) return;
  const typed = fieldsOf(form).filter((field) => ![undefined, valueOf(field)].includes(draft.values[nameOf(field)]));
  for (const field of typed) {
    field[isTick(field) ? "checked" : "value"] = draft.values[nameOf(field)];
    field.dispatchEvent(new CustomEvent("input", { bubbles: true, detail: "restored" }));
  }
  if (draft.token) {
    form.dataset.unsure = "";
    form.elements.token.value = draft.token;
  }
  if (typed.length && isNewPage) form.before(part(BACK, draft.at));
}

const drop = (form) => store((drafts) => drafts.delete(keyOf(form)));
const quietly = (promise) => promise.catch(() => {});

document.addEventListener("input", ({ target, detail }) => {
  if (target.form?.matches("[data-draft]") && detail !== "restored") quietly(keep(target.form));
});
document.addEventListener("click", async ({ target }) => {
  if (!target.matches(`${BACK} button`)) return;
  await drop(target.closest(BACK).nextElementSibling);
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
  quietly(isSent ? drop(elt) : keep(elt));
});
for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, ({ detail: { elt, xhr } }) => {
    if (!elt.matches("form[data-draft]") || (xhr.status && xhr.status < 500)) return;
    elt.dataset.unsure = "";
    quietly(keep(elt));
  });
}

quietly(dropOld());
