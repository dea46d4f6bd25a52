// Keyboard. A barcode scanner types digits and Enter, so in a form with an amount Enter never sends, however often: it goes
// to the next field and stays at the last one. What sends is a click, Space on the button, or Ctrl+Enter.

const WITH_AMOUNT = "form[method=post]:has([data-money], [data-pieces], [data-signed])";
const SENDS = ":is(button, input)[type=submit]";
const FIELDS = "input:not([type=hidden], [type=submit]), select, textarea";
// In the question before a form is sent, the button that sends it.
const ANSWER = "dialog[open] [data-sends]";
const IS_MAC = navigator.platform.startsWith("Mac");
const SENDING = IS_MAC ? "Meta+Enter" : "Control+Enter";

// Nobody has anything to write there: an amount's words without the amount, the total when pieces were written.
function isMoot({ name, form }) {
  if (name === "final_cash") return [...form.querySelectorAll("[data-pieces]")].some((input) => input.value.trim());
  if (name === "reference") return form.elements.kind.value !== "transfer";
  const amount = /_(description|reference)$/.test(name) && form.elements[name.replace(/_\w+$/, "")];
  return amount && !amount.value.trim();
}

function following(field) {
  const fields = [...field.form.querySelectorAll(FIELDS)].filter((next) => !next.disabled);
  return fields.slice(fields.indexOf(field) + 1).find((next) => next.name !== field.name && !isMoot(next));
}

function firstOfNextStep(field) {
  const steps = [...field.form.querySelectorAll("section, aside")].filter((step) => step.querySelector(FIELDS));
  const next = steps.find((step) => step.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_PRECEDING);
  return next?.querySelector(FIELDS);
}

function moveTo(field) {
  field.focus();
  if (field.matches("input")) field.select();
}

// Where Enter goes nowhere, the keys beside the button say what does.
function point(target) {
  const sends = target.closest(ANSWER) ?? target.form.querySelector(SENDS);
  sends?.parentElement.querySelector(".keys")?.classList.add("keys--asked");
}

function send(target) {
  const button = target.closest(ANSWER) ?? target.form.querySelector(SENDS);
  if (button.matches(ANSWER)) button.click();
  else if (!button.disabled) target.form.requestSubmit(button);
}

document.addEventListener("keydown", (event) => {
  const { target, key, ctrlKey, metaKey, shiftKey, repeat } = event;
  if (key !== "Enter") return;
  const sends = ctrlKey || (IS_MAC && metaKey);
  const isWriting = target.matches("textarea") && !sends;
  // A key held down goes nowhere: what it lands on might send.
  if (repeat && !isWriting) event.preventDefault();
  const isField = target.form?.matches(WITH_AMOUNT) && target.matches(`${FIELDS}, ${SENDS}`);
  if (repeat || isWriting || !(isField || target.matches(ANSWER))) return;
  event.preventDefault();
  if (sends) return send(target);
  const next = isField && target.matches(FIELDS) && (shiftKey ? firstOfNextStep(target) : following(target));
  if (next) moveTo(next);
  else point(target);
});

// --- Said beside the button ------------------------------------------------------------------------------------------

function tell() {
  for (const button of document.querySelectorAll(`${WITH_AMOUNT} ${SENDS}, [data-sends]`)) {
    const known = button.getAttribute("aria-keyshortcuts") ?? "";
    if (known.endsWith(SENDING)) continue;
    button.setAttribute("aria-keyshortcuts", `${known} ${SENDING}`.trim());
    const hint = document.createElement("span");
    hint.className = "help keys";
    hint.textContent = IS_MAC ? "⌘ + Enter" : "Ctrl + Enter";
    button.after(hint);
  }
}

tell();
document.addEventListener("htmx:load", tell);
