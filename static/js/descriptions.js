// Descriptions that the pharmacy uses most, offered where one is typed: asked for before it is typed, once a page and again
// after a movement was noted. What begins as one of them is completed, and what was not meant is typed over.

const FORM = "form[data-offers]";
const DESCRIPTION = `${FORM} input[name$=description]`;
let offered = {};

// Of the field itself, or of the amount that it describes.
function kindOf({ form, name }) {
  if (form.elements.kind) return form.elements.kind.value;
  const kind = name.replace("_description", "");
  return form.elements[`${kind}_description`] && kind;
}

function addressFor(field) {
  const { dataset, elements } = field.form;
  const pharmacy = dataset.pharmacy ?? elements.pharmacy.value;
  const kind = kindOf(field);
  return pharmacy && kind && `${dataset.offers}?${new URLSearchParams({ pharmacy, kind })}`;
}

// A page to sign in is no list.
async function read(address) {
  const answer = await fetch(address);
  return answer.ok && !answer.redirected ? answer.json() : [];
}

async function textsFor(field) {
  const address = addressFor(field);
  if (!address) return [];
  offered[address] ??= read(address).catch(() => []);
  return offered[address];
}

function listOf(field) {
  const id = `${field.id}_list`;
  const list = document.getElementById(id) ?? Object.assign(document.createElement("datalist"), { id });
  field.setAttribute("list", id);
  field.after(list);
  return list;
}

async function offer(field) {
  const texts = await textsFor(field);
  if (!field.matches(DESCRIPTION)) return;
  listOf(field).replaceChildren(...texts.map((value) => Object.assign(document.createElement("option"), { value })));
}

// Not one with a digit: the next envelope has another number. Nor after a whole word, which may be all that is meant: who
// types "taxi" does not note "Taxi to the hospital".
async function complete(field) {
  const typed = field.value;
  const begins = (text) => text.toLowerCase().startsWith(typed.toLowerCase());
  const isBeginning = (text) => begins(text) && /^[^ ]/.test(text.slice(typed.length));
  const text = (await textsFor(field)).find((known) => isBeginning(known) && !/[0-9]/.test(known));
  if (!text || field.value !== typed || field.selectionStart !== typed.length) return;
  field.setRangeText(text, 0, typed.length, "end");
  field.setSelectionRange(typed.length, text.length);
}

for (const moment of ["focusin", "change"]) {
  document.addEventListener(moment, ({ target }) => {
    if (target.form?.matches(FORM)) offer(target);
  });
}
document.addEventListener("input", ({ target, inputType, isComposing }) => {
  if (target.matches(DESCRIPTION) && inputType === "insertText" && !isComposing) complete(target);
});
document.addEventListener("htmx:load", () => {
  offered = {};
});
