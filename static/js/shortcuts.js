// Keys that choose or lead on: an element says with aria-keyshortcuts which one is its own (Alt and a digit, or F9).
//
// The digit is that of the key's place, so it is the same in every layout. Those of the number pad are left alone: with Alt
// they make characters on Windows, which is how some scanners type.

const TEXT = "input:not([type=radio], [type=checkbox]), select, textarea";

function nameOf({ code, key, altKey, ctrlKey, metaKey, shiftKey }) {
  if (ctrlKey || metaKey || shiftKey) return "";
  const digit = code.match(/^Digit([1-9])$/);
  if (altKey) return digit ? `Alt+${digit[1]}` : "";
  return /^F[0-9]+$/.test(key) ? key : "";
}

// Of several forms with the same keys, that of the field where somebody is.
function ownerOf(name) {
  const places = [document.activeElement.form, document].filter(Boolean);
  const owners = places.flatMap((place) => [...place.querySelectorAll(`[aria-keyshortcuts~="${name}"]`)]);
  return owners.find((owner) => owner.getClientRects().length);
}

function choose(radio) {
  radio.click();
  const isWriting = document.activeElement.form === radio.form && document.activeElement.matches(TEXT);
  if (!isWriting) radio.form.querySelector("[data-money]")?.focus();
}

document.addEventListener("keydown", (event) => {
  const name = event.repeat || event.getModifierState("AltGraph") ? "" : nameOf(event);
  const owner = name && !document.querySelector("dialog[open]") && ownerOf(name);
  if (!owner) return;
  event.preventDefault();
  if (owner.matches("[type=radio]")) choose(owner);
  else owner.click();
});
