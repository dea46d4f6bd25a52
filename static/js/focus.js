// Nothing that htmx replaces takes the focus with it: it goes to what took the place of the element that had it, or of
// the button that had opened it. htmx settles at once (base.html): a key that comes between would go to the body.

let held = null;

document.addEventListener("focusin", ({ target }) => {
  held = { element: target, ids: [target.id, target.closest("details")?.querySelector("summary")?.id] };
});

function again() {
  if (!held) return null;
  const { element, ids } = held;
  return element.isConnected ? element : ids.map((id) => document.getElementById(id)).find((found) => found);
}

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (document.activeElement !== document.body) return;
  again()?.focus({ preventScroll: true });
  if (document.activeElement !== document.body) return;
  const place = detail.elt.isConnected ? detail.elt : document.getElementById("main");
  if (place.tabIndex < 0) place.tabIndex = -1;
  place.focus({ preventScroll: true });
});
