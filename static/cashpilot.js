// What makes the pages quicker to use. Each of them works without it: the server adds, checks and decides.
"use strict";

(() => {
  const LARGEST = 9999999999;
  const SPACES = /^[ \u00a0\u202f]+|[ \u00a0\u202f]+$/g;
  // These two mirror cashpilot/money.py.
  const AMOUNT = /^(?:₲|gs\.?)?\s*(\d+|[1-9]\d{0,2}(?:(?:\.\d{3})+|(?:,\d{3})+|(?:[ \u00a0\u202f]\d{3})+))$/i;
  const PIECES = /^(\d{1,7})(?:[x*×](\d{1,7}))?$/i;

  const add = (numbers) => numbers.reduce((sum, number) => sum + number, 0);
  const group = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ".");

  // A sum of terms: 0 when blank, NaN when some term does not match.
  function parse(text, pattern, value) {
    if (!text.replace(SPACES, "")) return 0;
    return add(
      text.split("+").map((term) => {
        const match = term.replace(SPACES, "").match(pattern);
        return match ? value(match) : NaN;
      }),
    );
  }

  const amount = (text) => parse(text, AMOUNT, (match) => Number(match[1].replace(/\D/g, "")));
  const pieces = (text) => parse(text, PIECES, (match) => Number(match[1]) * Number(match[2] || 1));
  const shown = (number) => (number <= LARGEST ? group(number) : "—");

  // --- Amounts: what was typed, with its dots ------------------------------------------------------------------------

  document.addEventListener("change", ({ target }) => {
    if (!target.matches("input[data-money]") || target.value.includes("+")) return;
    const number = amount(target.value);
    if (target.value && number <= LARGEST) target.value = group(number);
  });

  // --- The count and the summary: they repeat what was typed, nothing else -------------------------------------------

  const counts = (form) => [...form.querySelectorAll("input[name^=count_]")];

  function counted(form) {
    const typed = counts(form).filter((input) => input.value.trim());
    if (!typed.length) return amount(form.elements.final_cash.value);
    return add(typed.map((input) => pieces(input.value) * Number(input.name.slice("count_".length))));
  }

  function repeat(form) {
    for (const input of counts(form)) {
      const worth = pieces(input.value) * Number(input.name.slice("count_".length));
      form.querySelector(`output[for="${input.id}"]`).value = shown(worth);
    }
    for (const place of form.querySelectorAll("[data-sum]")) {
      const { sum, noted } = place.dataset;
      place.textContent = shown(sum === "counted" ? counted(form) : Number(noted) + amount(form.elements[sum].value));
    }
  }

  document.addEventListener("input", ({ target }) => {
    if (target.form?.matches("[data-repeats]")) repeat(target.form);
  });

  // --- Keyboard ------------------------------------------------------------------------------------------------------

  // In a long form Enter goes to the next field; only the button sends.
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (key === "Escape") dismiss(null);
    if (key !== "Enter" || !target.matches("form[data-enter-next] input")) return;
    event.preventDefault();
    const fields = [...target.form.elements].filter((field) => field.matches("input:not([type=hidden]), button"));
    fields[fields.indexOf(target) + 1]?.focus();
  });

  // --- Panels that open over the page --------------------------------------------------------------------------------

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

  // --- Sending: once ---------------------------------------------------------------------------------------------------

  function busy(form, is) {
    form.ariaBusy = String(is);
    for (const field of form.elements) {
      if (field.matches("button:not([type=button])")) field.disabled = is;
    }
  }

  document.addEventListener("submit", ({ target }) => {
    // After the browser has read the form: a disabled button would not be sent.
    setTimeout(() => busy(target, true));
  });
  document.addEventListener("htmx:afterRequest", ({ target }) => {
    if (target.matches("form")) busy(target, false);
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[aria-busy=true]").forEach((form) => busy(form, false));
    document.querySelectorAll("form[data-repeats]").forEach(repeat);
  });

  // --- Answers ---------------------------------------------------------------------------------------------------------

  // The error pages of CashPilot say themselves what happened; a proxy's do not, and stay out.
  const isOurs = (answer) => Boolean(answer?.getResponseHeader("HX-Retarget"));
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (isOurs(detail.xhr)) detail.shouldSwap = true;
  });
  for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(failure, ({ type, detail }) => {
      const told = type === "htmx:responseError" && isOurs(detail.xhr);
      const notice = document.getElementById(told ? "failed" : "unsent");
      notice.hidden = false;
      notice.scrollIntoView({ block: "nearest" });
    });
  }
  document.addEventListener("htmx:beforeRequest", () => {
    document.getElementById("unsent").hidden = true;
    document.getElementById("failed").replaceChildren();
  });
  document.addEventListener("htmx:load", ({ target }) => {
    const place = target.querySelector("[data-focus]");
    (place?.querySelector("input:checked") ?? place)?.focus();
    if (target.dataset.said) document.getElementById("said").textContent = target.dataset.said;
  });
})();
