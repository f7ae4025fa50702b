/* Your certificates: asks again every three seconds while something is being printed, and reads out what changed. */
const list = document.getElementById("own");

function showChanges(fresh) {
  const news = [];
  for (const row of fresh.querySelectorAll("#own li")) {
    const shown = document.getElementById(row.id);
    if (!shown || shown.innerHTML === row.innerHTML) continue;
    news.push(`${row.querySelector("a").textContent}: ${row.querySelector(".current-status").textContent}`);
    shown.replaceWith(row);
  }
  if (news.length) list.querySelector("[role=status]").textContent = news.join(" ");
}

async function poll() {
  try {
    const reply = await fetch(list.dataset.url, { redirect: "error" });
    if (reply.ok) showChanges(new DOMParser().parseFromString(await reply.text(), "text/html"));
  } catch { /* No connection: the page still shows what was true, and asks again. */ }
  schedule();
}

function schedule() {
  if (list?.querySelector("[data-pending]")) setTimeout(poll, 3000);
}

schedule();
