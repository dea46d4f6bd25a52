// What makes the pages quicker to use. Each of them works without it: the server adds, checks and decides.

// --- Panels that open over the page ----------------------------------------------------------------------------------

function dismiss(but) {
  for (const panel of document.querySelectorAll("details[data-dismiss][open]")) {
    if (panel === but) continue;
    const hadFocus = panel.contains(document.activeElement);
    panel.open = false;
    if (hadFocus) panel.querySelector("summary").focus();
  }
}

document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") dismiss(null);
});
document.addEventListener("click", ({ target }) => dismiss(target.closest("details[data-dismiss]")));
document.addEventListener(
  "toggle",
  ({ target }) => {
    if (!target.open || !target.matches(".ask, .reply-form")) return;
    // What came open from the server, refused, has the focus at what it says.
    const hasFocus = target.querySelector(":focus:not(summary)");
    if (!hasFocus) target.querySelector("textarea, input:not([type=hidden])")?.focus();
    (target.querySelector(".ask__panel") ?? target).scrollIntoView({ block: "nearest" });
  },
  true,
);

// --- A menu that is pushed sideways -----------------------------------------------------------------------------------

document.querySelector(".top__nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

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
  for (const scripted of target.querySelectorAll("[data-scripted]")) scripted.removeAttribute("data-scripted");
  const place = target.querySelector("[data-focus]");
  (place?.querySelector("input:not([type=hidden])") ?? place)?.focus();
  if (target.dataset.said) document.getElementById("said").textContent = target.dataset.said;
});
