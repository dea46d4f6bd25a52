// A form is sent once, and when it did not arrive the page stays, says so, and offers to send it again.

function busy(form, is) {
  form.ariaBusy = String(is);
  for (const field of form.elements) {
    if (field.matches("button:not([type=button])")) field.disabled = is;
  }
  if (is) form.querySelector(".wait__bar")?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("submit", (event) => {
  // After the browser has read the form: a disabled button would not be sent. What htmx sends is told below.
  if (!event.defaultPrevented) setTimeout(() => busy(event.target, true));
});
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  if (target.matches("form")) busy(target, true);
});
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  // The answer to a form that went well may be another page, which takes a moment.
  if (target.matches("form") && !detail.xhr.getResponseHeader("HX-Redirect")) busy(target, false);
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[aria-busy=true]").forEach((form) => busy(form, false));
});

// --- Signed in again in another tab: the form is shown again, with a token that lives ----------------------------------

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.getResponseHeader("Shown-Again")) Object.assign(detail, { shouldSwap: true, isError: false });
});

// --- What did not arrive ---------------------------------------------------------------------------------------------

const notice = document.getElementById("unsent");
const again = notice?.querySelector("button");
let unsent = null;

// `why` names one of the sentences of components/unsent.html, and null none of them.
function say(why, words = "") {
  notice.hidden = !why;
  for (const sentence of notice.querySelectorAll("[data-why]")) {
    sentence.hidden = !sentence.dataset.why.split(" ").includes(why);
  }
  notice.querySelector("[data-words]").textContent = words;
}

function fail(element, why, words) {
  if (unsent?.isConnected) return;
  unsent = element.matches("form[method=post]") ? element : null;
  again.hidden = !unsent;
  say(unsent || words ? why : "unread", words);
  if (unsent) again.focus();
}

// In the words of our own error page. A proxy's are for nobody at a till: it could not reach us.
function wordsOf(xhr) {
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  return [...page.querySelectorAll(".notice > *")].map((words) => words.textContent.trim()).join(" ");
}

// The back office has no such place: what it sends are forms without htmx.
if (notice) {
  document.addEventListener("htmx:sendError", ({ detail }) => fail(detail.elt, "unsent"));
  document.addEventListener("htmx:timeout", ({ detail }) => fail(detail.elt, "unanswered"));
  document.addEventListener("htmx:responseError", ({ detail }) => {
    const words = wordsOf(detail.xhr);
    fail(detail.elt, words ? "failed" : "unsent", words);
  });
  again.addEventListener("click", () => unsent.requestSubmit());
  document.addEventListener("htmx:beforeRequest", ({ target }) => {
    if (unsent?.isConnected && unsent !== target) return;
    unsent = null;
    say(null);
  });

  window.addEventListener("offline", () => {
    again.hidden = !unsent;
    say(unsent ? "unsent" : "offline");
  });
  window.addEventListener("online", () => say(unsent && "back"));
}
