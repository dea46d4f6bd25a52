// What makes the pages quicker to use. Each of them works without it: the server adds, checks and decides.

// --- Keyboard: in forms with data-enter Enter goes to the next field; from the last one it stops at the button, or sends

const FIELDS = "input:not([type=hidden]), select, textarea, button[type=submit]";

// Nobody has anything to write there: an amount's words without the amount, the total when pieces were written.
function isMoot({ name, form }) {
  if (name === "final_cash") return [...form.querySelectorAll("[data-pieces]")].some((input) => input.value.trim());
  return name.endsWith("_description") && !form.elements[name.replace("_description", "")].value.trim();
}

function following(field) {
  const fields = [...field.form.querySelectorAll(FIELDS)];
  return fields.slice(fields.indexOf(field) + 1).find((next) => next.name !== field.name && !isMoot(next));
}

function firstOfNextStep(field) {
  const steps = [...field.form.querySelectorAll("section, aside")].filter((step) => step.querySelector(FIELDS));
  const next = steps.find((step) => step.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_PRECEDING);
  return next?.querySelector(FIELDS) ?? field.form.querySelector("button[type=submit]");
}

function moveOn(field, isStep) {
  const next = isStep ? firstOfNextStep(field) : following(field);
  next.focus();
  if (next.matches("input")) next.select();
  if (next.matches("button") && field.form.dataset.enter === "sends") field.form.requestSubmit(next);
}

document.addEventListener("keydown", (event) => {
  const { target, key, ctrlKey, repeat } = event;
  if (key === "Escape") dismiss(null);
  // A key held down goes nowhere: what it lands on might send.
  if (key === "Enter" && repeat && !target.matches("textarea")) event.preventDefault();
  if (key !== "Enter" || repeat || !target.matches("form[data-enter] :is(input, select, textarea)")) return;
  if (target.matches("textarea") && target.value && !ctrlKey) return;
  event.preventDefault();
  moveOn(target, ctrlKey);
});

// --- Panels that open over the page ----------------------------------------------------------------------------------

function dismiss(but) {
  for (const panel of document.querySelectorAll("details[data-dismiss][open]")) {
    if (panel === but) continue;
    const hadFocus = panel.contains(document.activeElement);
    panel.open = false;
    if (hadFocus) panel.querySelector("summary").focus();
  }
}

document.addEventListener("click", ({ target }) => dismiss(target.closest("details[data-dismiss]")));
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.open && target.matches(".ask")) target.querySelector("textarea, input:not([type=hidden])")?.focus();
  },
  true,
);

// --- Paper -----------------------------------------------------------------------------------------------------------

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-print]")) window.print();
});

// --- Ticks -----------------------------------------------------------------------------------------------------------

document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-tick-all]")) return;
  const { elements } = document.getElementById(target.dataset.tickAll);
  for (const field of elements) if (field.matches("[type=checkbox]")) field.checked = target.checked;
});

// --- A part of the page is new ---------------------------------------------------------------------------------------

document.addEventListener("htmx:load", ({ target }) => {
  for (const scripted of target.querySelectorAll("[data-scripted]")) scripted.hidden = false;
  const place = target.querySelector("[data-focus]");
  (place?.querySelector("input:checked") ?? place)?.focus();
  if (target.dataset.said) document.getElementById("said").textContent = target.dataset.said;
});
