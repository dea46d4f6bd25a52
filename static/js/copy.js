// Copies what stands on the page, and says so on the button.

// A pharmacy's own network may be plain http, where browsers have no clipboard for pages.
function copySelected(place) {
  getSelection().selectAllChildren(place);
  return document.execCommand("copy");
}

async function copy(place) {
  try {
    await navigator.clipboard.writeText(place.textContent.trim());
    return true;
  } catch {
    return copySelected(place);
  }
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  if (await copy(document.getElementById(button.dataset.copy))) {
    button.textContent = button.dataset.copied;
    document.getElementById("said").textContent = button.dataset.copied;
  }
});
