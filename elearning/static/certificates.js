/* Your certificates: polls every three seconds while a PDF is being made, and announces what changed. */
const list = document.getElementById("own");

function showChanges(page) {
  const changes = [];
  for (const row of page.querySelectorAll("#own li")) {
    const shown = document.getElementById(row.id);
    if (shown?.innerHTML === row.innerHTML) continue;
    if (!shown && "onlyThese" in list.dataset) continue; // the page shows the certificates of one course
    changes.push(`${row.querySelector("a").textContent}: ${row.querySelector(".current-status").textContent}`);
    if (shown) shown.replaceWith(row);
    else list.querySelector("ul").prepend(row); // a certificate that has just replaced another one
  }
  if (changes.length) list.querySelector("[role=status]").textContent = changes.join(" ");
}

async function poll() {
  try {
    const reply = await fetch(list.dataset.url, { redirect: "error" });
    if (reply.ok) showChanges(new DOMParser().parseFromString(await reply.text(), "text/html"));
  } catch { /* No connection: the page keeps the last known state and polls again. */ }
  schedule();
}

function schedule() {
  if (list?.querySelector("[data-pending]")) setTimeout(poll, 3000);
}

schedule();
