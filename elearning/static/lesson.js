// Enhances a lesson: the reading position is stored on the server for every device. Lessons work without this script.
// The forms of a lesson are sent by forms.js.
import { request } from "./connection.js";

const article = document.querySelector("article");

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
  // Save the block at the top of the screen shortly after scrolling stops.
  const savePosition = () => {
    const id = current();
    if (!id || id === saved) return;
    saved = id;
    const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
    const body = new URLSearchParams({ block: id.slice(2), csrfmiddlewaretoken: token });
    request(url, { method: "POST", body, keepalive: true }).catch(() => { saved = ""; });
  };
  addEventListener("scroll", () => { clearTimeout(timer); timer = setTimeout(savePosition, 800); }, { passive: true });
  addEventListener("pagehide", savePosition);
}
