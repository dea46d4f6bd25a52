// The count, the summary and the question before a shift is closed: they repeat what was typed, nothing else.

import { inWords } from "./amount_in_words.js";
import { counts, sumOfPieces } from "./counts.js";
import { LARGEST, amount, isReadable, shown } from "./money.js";

// Guaraníes; null when nothing was counted, NaN when it cannot be read.
function counted(form) {
  const { value } = form.elements.final_cash;
  return sumOfPieces(form) ?? (value.trim() ? amount(value) : null);
}

// As it will be stored: what is typed comes to what was noted, but for the card batch, which holds it already.
function stored(form, { sum, noted, whole }) {
  const { value } = form.elements[sum];
  if (whole !== undefined) return value.trim() ? amount(value) : Number(noted);
  return Number(noted) + amount(value);
}

function repeat(form) {
  for (const place of form.querySelectorAll("[data-sum]")) {
    const number = place.dataset.sum === "counted" ? counted(form) : stored(form, place.dataset);
    place.textContent = number === null ? "—" : shown(number);
  }
}

const COUNTED = "form:is([data-close], [data-recount])";

document.addEventListener("input", ({ target }) => {
  if (target.form?.matches(COUNTED)) repeat(target.form);
});
for (const moment of ["htmx:load", "pageshow"]) {
  window.addEventListener(moment, () => document.querySelectorAll(COUNTED).forEach(repeat));
}

// --- The question, with the figures in words -------------------------------------------------------------------------

const contentOf = (form) => new URLSearchParams(new FormData(form)).toString();
const totalsOf = (form) => [...form.querySelectorAll("[data-noted]")].filter(({ dataset }) => stored(form, dataset));
const billedIn = (form) => [...form.querySelectorAll("[data-money][name^=billed_]")].filter(({ value }) => value.trim());

function line(label, text) {
  const pair = document.createElement("div");
  for (const [tag, words] of [["dt", label], ["dd", text]]) {
    pair.append(Object.assign(document.createElement(tag), { textContent: words }));
  }
  return pair;
}

function fill(dialog, form, total) {
  dialog.querySelector("[data-counted]").textContent = `₲\u00a0${shown(total)}`;
  dialog.querySelector("[data-words]").textContent = inWords(total, document.documentElement.lang);
  const totals = totalsOf(form).map((place) => line(place.previousElementSibling.textContent, place.textContent));
  const billed = billedIn(form).map((input) => line(input.labels[0].firstChild.textContent.trim(), input.value));
  dialog.querySelector("dl").replaceChildren(...totals, ...billed);
  dialog.querySelector("[data-unbilled]").hidden = Boolean(form.elements.billed_cash.value.trim());
}

const PATIENCE = 3000;
// Settled once: sending the same again, after a lost connection, asks nothing.
let settled;
// What a yes to the question does.
let agreed;

// What is far more than usual here, as the server says it. Without its answer nothing is asked: it refuses what it doubts.
async function doubtsOf(form) {
  const body = new FormData(form);
  try {
    const answer = await fetch(form.dataset.doubts, { method: "POST", body, signal: AbortSignal.timeout(PATIENCE) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return [...page.querySelectorAll("[data-doubt]")];
  } catch {
    return [];
  }
}

function confirmAmounts(form) {
  form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "confirm_amount", value: "1" }));
}

async function ask(form, total, send) {
  const dialog = document.getElementById("confirm");
  form.elements.confirm_amount?.remove();
  form.ariaBusy = "true";
  const doubts = await doubtsOf(form);
  form.ariaBusy = "false";
  fill(dialog, form, total);
  dialog.querySelector("[data-doubts]").replaceChildren(...doubts);
  agreed = () => {
    if (doubts.length) confirmAmounts(form);
    settled = contentOf(form);
    send();
  };
  dialog.showModal();
}

// At once, and not when the dialog tells that it is closed: a second press would come first, and ask anew.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("#confirm button");
  button?.closest("dialog").close();
  if (button?.value === "yes") agreed();
});

document.addEventListener("htmx:confirm", (event) => {
  const form = event.target;
  if (!form.matches("form[data-close]") || settled === contentOf(form)) return;
  const total = counted(form);
  const fields = [...counts(form), ...form.querySelectorAll("[data-money]")];
  // What is missing or wrong is said by the server.
  if (total === null || total > LARGEST || !fields.every(isReadable)) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  ask(form, total, () => event.detail.issueRequest(true));
});
