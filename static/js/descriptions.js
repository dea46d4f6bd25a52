// Descriptions that the pharmacy uses most, offered where one is typed: asked for with the focus, once a page.

const DESCRIPTION = "form[data-offers] input[name$=description]";
const offered = {};

function addressFor({ form, name }) {
  const kind = name === "description" ? form.elements.kind.value : name.replace("_description", "");
  const pharmacy = form.dataset.pharmacy ?? form.elements.pharmacy.value;
  return pharmacy && `${form.dataset.offers}?${new URLSearchParams({ pharmacy, kind })}`;
}

// A page to sign in is no list.
async function read(address) {
  const answer = await fetch(address);
  return answer.ok && !answer.redirected ? answer.json() : [];
}

function listOf(field) {
  const id = `${field.id}_list`;
  const list = document.getElementById(id) ?? Object.assign(document.createElement("datalist"), { id });
  field.setAttribute("list", id);
  field.after(list);
  return list;
}

document.addEventListener("focusin", async ({ target }) => {
  if (!target.matches(DESCRIPTION)) return;
  const address = addressFor(target);
  if (!address) return;
  offered[address] ??= read(address).catch(() => []);
  const texts = await offered[address];
  listOf(target).replaceChildren(...texts.map((value) => Object.assign(document.createElement("option"), { value })));
});
