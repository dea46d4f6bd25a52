// Amounts and pieces, read as cashpilot/money.py reads them; amounts are grouped while they are typed.

export const LARGEST = 9999999999;
const MOST_PIECES = 1000000;
const LONGEST_TEXT = 200;
const UNSEEN = /[\u200b-\u200f\u2060\ufeff\u061c\u202a-\u202e\u2066-\u2069]/g;
const WIDE = /[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g;
const ENDS = /^[ \t]+|[ \t]+$/g;
const FIGURE = "([0-9]+|[1-9][0-9]{0,2}(?:(?:\\.[0-9]{3})+|(?:,[0-9]{3})+|(?: [0-9]{3})+))";
const CURRENCY = "(?:₲|gs\\.?|g\\.|pyg)";
const AMOUNT = new RegExp(`^(?:(?:${CURRENCY}[ \\t]*)?${FIGURE}|${FIGURE}[ \\t]*${CURRENCY})$`, "i");
const FLOURISH = /\.-(?=[ \t]*(?:[+-]|$))/g;
const PIECES = /^([0-9]{1,7})(?:[x*×]([0-9]{1,7}))?$/i;
// As it is shown; while it is being changed a zero may lead.
const GROUPED = /^(?:0[0-9]*|[1-9][0-9]{0,2}(?:\.[0-9]{3})*)?$/;

const dotted = (digits) => digits.replace(/\B(?=([0-9]{3})+$)/g, ".");
const group = (number) => dotted(String(number));
export const shown = (number) => (number <= LARGEST ? group(number) : "—");
export const add = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

const plain = (text) => text.replace(UNSEEN, "").replace(WIDE, " ").replace(ENDS, "");

// Each term of a sum; NaN where one does not match.
function terms(text, pattern, value) {
  if (text.length > LONGEST_TEXT) return [NaN];
  return text.split("+").map((term) => {
    const match = term.replace(ENDS, "").match(pattern);
    return match ? value(match) : NaN;
  });
}
const amounts = (text) =>
  terms(plain(text).replace(FLOURISH, ""), AMOUNT, (match) => Number(match[0].replace(/[^0-9]/g, "")));

// Guaraníes, or pieces: 0 when blank, NaN when it cannot be read.
const sum = (text, numbers) => (plain(text) ? add(numbers(text)) : 0);
export const amount = (text) => sum(text, amounts);
export const pieces = (text) => {
  const number = sum(text, () => terms(plain(text), PIECES, (match) => Number(match[1]) * Number(match[2] || 1)));
  return number <= MOST_PIECES ? number : NaN;
};

// --- Grouped while typed ---------------------------------------------------------------------------------------------

const before = { input: null };

function tidy(text) {
  return plain(text) && amount(text) <= LARGEST ? amounts(text).map(group).join("+") : text;
}

function regroup(text) {
  const terms = text.replace(/\./g, "").split("+");
  return terms.map((digits) => (digits.startsWith("0") ? digits : dotted(digits))).join("+");
}

// Only dots of our own are moved: what somebody typed otherwise (1.5, 1,250) stays until it can be read as a whole.
function grouped(input, type) {
  const { value } = input;
  const { text, start, end } = before.input === input ? before : { text: "", start: 0, end: 0 };
  const typed = type.startsWith("delete") ? "" : value.slice(start, value.length - (text.length - end));
  if (text.split("+").every((term) => GROUPED.test(term)) && /^[0-9+]*$/.test(typed)) return regroup(value);
  return type === "insertFromPaste" || type === "insertFromDrop" ? tidy(value) : value;
}

function rewrite(input, text) {
  const digits = input.value.slice(0, input.selectionStart).replace(/[^0-9+]/g, "").length;
  let caret = 0;
  for (let passed = 0; passed < digits; caret += 1) if (text[caret] !== ".") passed += 1;
  input.select();
  // As if it were typed: setting the value would empty the browser's undo list.
  document.execCommand("insertText", false, text);
  input.setSelectionRange(caret, caret);
}

document.addEventListener("beforeinput", ({ target }) => {
  if (!target.matches("input[data-money]")) return;
  Object.assign(before, { input: target, text: target.value, start: target.selectionStart, end: target.selectionEnd });
});

document.addEventListener("input", ({ target, inputType, isComposing }) => {
  if (!inputType || isComposing || !target.matches("input[data-money]")) return;
  if (inputType.startsWith("history")) {
    // One step back over a figure and its dots, which are two to the browser.
    if (/^[0-9+.]*$/.test(target.value) && regroup(target.value) !== target.value) {
      document.execCommand(inputType === "historyUndo" ? "undo" : "redo");
    }
    return;
  }
  const text = grouped(target, inputType);
  if (text !== target.value) rewrite(target, text);
});

document.addEventListener("change", ({ target }) => {
  if (target.matches("input[data-money]")) target.value = tidy(target.value);
});

// A dot is stepped over, so that the key takes the digit behind it.
document.addEventListener("keydown", ({ target, key, ctrlKey }) => {
  if (!["Backspace", "Delete"].includes(key) || ctrlKey || !target.matches("input[data-money]")) return;
  const { value, selectionStart: caret, selectionEnd } = target;
  const step = key === "Delete" ? 1 : -1;
  if (caret !== selectionEnd || value[step > 0 ? caret : caret - 1] !== ".") return;
  if (value.split("+").every((term) => GROUPED.test(term))) target.setSelectionRange(caret + step, caret + step);
});

// --- Said while typing when it cannot be read; the server decides ----------------------------------------------------

const PAUSE = 800;
let pause;

export const isReadable = ({ dataset, value }) => !Number.isNaN("money" in dataset ? amount(value) : pieces(value));

function hint(input) {
  document.getElementById(`${input.id}_hint`)?.remove();
  if (isReadable(input)) return;
  const sentence = document.createElement("p");
  sentence.className = "hint";
  sentence.id = `${input.id}_hint`;
  sentence.textContent = input.dataset.money || input.dataset.pieces;
  input.parentElement.append(sentence);
  const said = document.getElementById("said");
  if (said) said.textContent = `${input.labels[0]?.firstChild.textContent.trim()}: ${sentence.textContent}`;
}

// Not when the field is left: a click on a button would miss it, because the page moves below its finger.
document.addEventListener("input", ({ target }) => {
  if (!target.matches("input[data-money], input[data-pieces]")) return;
  clearTimeout(pause);
  if (isReadable(target)) hint(target);
  else pause = setTimeout(hint, PAUSE, target);
});
