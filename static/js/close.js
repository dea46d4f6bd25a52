// The count, the summary and the question before a shift is closed: they repeat what was typed, nothing else.

import { inWords } from "./amount_in_words.js";
import { LARGEST, add, amount, isReadable, pieces, shown } from "./money.js";

const counts = (form) => [...form.querySelectorAll("[data-pieces]")];
const worth = (input) => pieces(input.value) * Number(input.name.slice("count_".length));

// Guaraníes; null when nothing was counted, NaN when it cannot be read.
function counted(form) {
  const typed = counts(form).filter((input) => input.value.trim());
  const { value } = form.elements.final_cash;
  if (typed.length) return add(typed.map(worth));
  return value.trim() ? amount(value) : null;
}

function repeat(form) {
  for (const input of counts(form)) form.querySelector(`output[for="${input.id}"]`).value = shown(worth(input));
  for (const place of form.querySelectorAll("[data-sum]")) {
    const { sum, noted } = place.dataset;
    const number = sum === "counted" ? counted(form) : Number(noted) + amount(form.elements[sum].value);
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
const amountsOf = (form) => [...form.querySelectorAll("[data-money]")].filter(({ name }) => name !== "final_cash");

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
  const typed = amountsOf(form).filter((input) => input.value.trim());
  const lines = typed.map((input) => line(input.labels[0].firstChild.textContent.trim(), input.value));
  dialog.querySelector("dl").replaceChildren(...lines);
  dialog.querySelector("[data-unbilled]").hidden = Boolean(form.elements.billed_cash.value.trim());
}

const PATIENCE = 3000;
// Settled once: sending the same again, after a lost connection, asks nothing.
let settled;

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
  dialog.onclose = () => {
    if (dialog.returnValue !== "yes") return;
    if (doubts.length) confirmAmounts(form);
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
  if (form.ariaBusy === "true") return;
  ask(form, total, () => event.detail.issueRequest(true));
});
