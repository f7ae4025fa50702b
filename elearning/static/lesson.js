// A lesson, made smoother: answers without a reload, and the place where you stopped, on any device.
// Everything here works without this file too.

const article = document.querySelector("article");

function token() {
  return document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
}

// Knowledge checks: send the choice, put the server's words in place.
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form.quizlet");
  if (!form) return;
  event.preventDefault();
  const place = form.querySelector(".answer");
  const button = form.querySelector("button");
  const data = new FormData(form);
  button.setAttribute("aria-disabled", "true");
  try {
    const reply = await fetch(location.pathname, { method: "POST", body: data, headers: { "X-Requested-With": "fetch" } });
    if (!reply.ok) throw new Error(reply.status);
    place.innerHTML = await reply.text();
  } catch {
    form.submit();
  } finally {
    button.removeAttribute("aria-disabled");
  }
});

// Reading position: the block at the top of the screen is kept a moment after scrolling stops.
const url = article?.dataset.positionUrl;
if (url) {
  const blocks = [...document.querySelectorAll("[data-block]")];
  let kept = article.dataset.position ?? "";
  let timer;

  if (kept && !location.hash) document.getElementById(kept)?.scrollIntoView();

  const current = () => {
    const line = innerHeight / 3;
    return blocks.filter((block) => block.getBoundingClientRect().top < line).at(-1)?.id ?? "";
  };
  const keep = () => {
    const id = current();
    if (!id || id === kept) return;
    kept = id;
    const body = new URLSearchParams({ block: id.slice(2), csrfmiddlewaretoken: token() });
    fetch(url, { method: "POST", body, keepalive: true }).catch(() => { kept = ""; });
  };
  addEventListener("scroll", () => { clearTimeout(timer); timer = setTimeout(keep, 800); }, { passive: true });
  addEventListener("pagehide", keep);
}
