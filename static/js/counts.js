// What the pieces of each denomination are worth, and together: they repeat what was typed, nothing else.

import { add, pieces, shown } from "./money.js";

export const counts = (form) => [...form.querySelectorAll("[data-pieces]")];
const worth = (input) => pieces(input.value) * Number(input.name.slice("count_".length));

// Guaraníes; null where no pieces were typed, NaN when they cannot be read.
export function sumOfPieces(form) {
  const typed = counts(form).filter((input) => input.value.trim());
  return typed.length ? add(typed.map(worth)) : null;
}

function repeat(form) {
  for (const input of counts(form)) form.querySelector(`output[for="${input.id}"]`).value = shown(worth(input));
  const place = form.querySelector("[data-sum-of-pieces]");
  const sum = sumOfPieces(form);
  if (place) place.textContent = sum === null ? "—" : shown(sum);
}

document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-pieces]")) repeat(target.form);
});
for (const moment of ["htmx:load", "pageshow"]) {
  window.addEventListener(moment, () => document.querySelectorAll("form:has([data-pieces])").forEach(repeat));
}
