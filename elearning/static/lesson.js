// Enhances a lesson: knowledge checks without a reload, and the reading position stored on the server for every device.
// Lessons work without this script too.

const article = document.querySelector("article");

function token() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

// Knowledge checks: send the choice and show the server's feedback.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.quizlet");
  if (!form) return;
  event.preventDefault();
  const feedback = form.querySelector(".answer");
  const button = form.querySelector("button");
  const data = new FormData(form);
  button.setAttribute("aria-disabled", "true");
  try {
    const reply = await fetch(location.pathname, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
    if (!reply.ok) throw new Error(reply.status);
    feedback.innerHTML = await reply.text();
  } catch {
    form.submit();
  } finally {
    button.removeAttribute("aria-disabled");
  }
});

// The text of a statement stands once. Open it where the browser does not do so for a link to it.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".again");
  const details = link && document.getElementById(decodeURIComponent(link.hash.slice(1)))?.closest("details");
  if (details) details.open = true;
});

// Reading position: save the block at the top of the screen shortly after scrolling stops.
const url = article?.dataset.positionUrl;
if (url) {
  const blocks = [...document.querySelectorAll("[data-block]")];
  let saved = article.dataset.position ?? "";
  let timer;

  if (saved && !location.hash) document.getElementById(saved)?.scrollIntoView();

  const current = () => {
    const line = innerHeight / 3;
    return blocks.filter((block) => block.getBoundingClientRect().top < line).at(-1)?.id ?? "";
  };
  const savePosition = () => {
    const id = current();
    if (!id || id === saved) return;
    saved = id;
    const body = new URLSearchParams({ block: id.slice(2), csrfmiddlewaretoken: token() });
    fetch(url, { method: "POST", body, keepalive: true }).catch(() => { saved = ""; });
  };
  addEventListener("scroll", () => { clearTimeout(timer); timer = setTimeout(savePosition, 800); }, { passive: true });
  addEventListener("pagehide", savePosition);
}
