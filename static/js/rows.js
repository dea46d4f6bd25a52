// Lists that are worked through with the keyboard: j and k go from row to row, one key acts, and the next row has the focus.
// Each key is listed in cashpilot/web/keys.py.

const ROW = "[data-rows] [data-row]";
const WRITES = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

const rows = () => Array.from(document.querySelectorAll(ROW));
const rowOf = (element) => element.closest("[data-rows] tr");

function move(by) {
  const all = rows();
  const here = rowOf(document.activeElement);
  const place = all.findIndex((row) => rowOf(row) === here);
  (all[place + by] ?? all[place] ?? all[0])?.focus();
}

// --- A row that opens in place -----------------------------------------------------------------------------------------

const note = (row) => row.querySelector("[name=note]:is(textarea, input)");

function write(row) {
  const field = note(row);
  if (!field) return;
  field.closest("details").open = true;
  field.focus();
}

function signOff(row, which) {
  const usual = row.querySelectorAll("details[open] [data-usual]")[which - 1];
  if (usual && !usual.disabled) usual.click();
}

const ACTS = {
  o: (row) => row.querySelector("th a, td a")?.click(),
  r: write,
  u: (row) => row.querySelector("[id^=undo-]")?.click(),
  1: (row) => signOff(row, 1),
  2: (row) => signOff(row, 2),
  3: (row) => signOff(row, 3),
};

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.open || !target.matches("[data-rows] details")) return;
    for (const other of target.closest("[data-rows]").querySelectorAll("details[open]")) {
      if (other !== target) other.open = false;
    }
  },
  true,
);

// A row that was signed off hands the focus on to the next one that waits, open; one that was refused takes it itself.
function handOn(row) {
  const waiting = rows().filter((other) => other.matches("summary"));
  const after = (other) => row.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING;
  const next = waiting.find(after) ?? waiting.at(-1);
  (next ?? row.querySelector("[data-row]"))?.focus();
  if (next) next.parentElement.open = true;
}

document.addEventListener("htmx:load", ({ target }) => {
  if (!target.matches("[data-rows] tr")) return;
  if (target.matches("[data-done]")) handOn(target);
  else (target.querySelector("details[open] textarea") ?? target.querySelector("[data-row]"))?.focus();
});

// --- Rows that are ticked ----------------------------------------------------------------------------------------------

let last = null;

// Shift ticks all from the last one to this one, as this one is now; Space on a box is a click too.
document.addEventListener("click", ({ target, shiftKey }) => {
  if (!target.matches("[data-rows] [type=checkbox][data-row]")) return;
  if (shiftKey && last?.isConnected) {
    const boxes = rows().filter((row) => row.matches("[type=checkbox]"));
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(target)].sort((one, other) => one - other);
    for (const box of boxes.slice(from, to + 1)) box.checked = target.checked;
  }
  last = target;
});

// --- The list of keys --------------------------------------------------------------------------------------------------

async function showKeys() {
  const address = document.querySelector(".top a[href$='/keys/']")?.href;
  if (!address) return;
  const answer = await fetch(address);
  const list = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("key-list");
  if (!list) return;
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "keys-title");
  list.querySelector("h1").id = "keys-title";
  dialog.tabIndex = 0; // It may be higher than the window: the arrows scroll what has the focus.
  dialog.append(list);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  const { target, key, ctrlKey, metaKey, altKey, repeat } = event;
  if (ctrlKey || metaKey || altKey || target.matches(WRITES) || document.querySelector("dialog[open]")) return;
  if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
  else if (key === "?") showKeys();
  else if (key === "v") document.querySelector("[data-verifies]")?.click();
  else if (!repeat && ACTS[key] && rowOf(target)) ACTS[key](rowOf(target));
  else return;
  event.preventDefault();
});
