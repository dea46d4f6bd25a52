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

document.addEventListener("input", ({ target }) => {
  if (target.form?.matches("[data-close]")) repeat(target.form);
});
for (const moment of ["htmx:load", "pageshow"]) {
  window.addEventListener(moment, () => document.querySelectorAll("form[data-close]").forEach(repeat));
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

// Settled once: sending the same again, after a lost connection, asks nothing.
let settled;

function ask(form, total, send) {
  const dialog = document.getElementById("confirm");
  fill(dialog, form, total);
  dialog.onclose = () => {
    if (dialog.returnValue !== "yes") return;
    settled = contentOf(form);
    send();
  };
  dialog.returnValue = "";
  dialog.showModal();
}

document.addEventListener("click", ({ target }) => {
  target.closest("#confirm button")?.closest("dialog").close(target.closest("button").value);
});

document.addEventListener("htmx:confirm", (event) => {
  const form = event.target;
  if (!form.matches("form[data-close]") || settled === contentOf(form)) return;
  const total = counted(form);
  const fields = [...counts(form), ...form.querySelectorAll("[data-money]")];
  // What is missing or wrong is said by the server.
  if (total === null || total > LARGEST || !fields.every(isReadable)) return;
  event.preventDefault();
  ask(form, total, () => event.detail.issueRequest(true));
});
