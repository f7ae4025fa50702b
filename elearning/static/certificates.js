/* Your certificates: asks again every three seconds while something is being printed, and says what changed. */
const own = document.getElementById("own");

function take(fresh) {
  const news = [];
  for (const row of fresh.querySelectorAll("#own li")) {
    const shown = document.getElementById(row.id);
    if (!shown || shown.innerHTML === row.innerHTML) continue;
    news.push(`${row.querySelector("a").textContent}: ${row.querySelector(".said-now").textContent}`);
    shown.replaceWith(row);
  }
  if (news.length) own.querySelector("[role=status]").textContent = news.join(" ");
}

async function ask() {
  try {
    const answer = await fetch(own.dataset.url, { redirect: "error" });
    if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch { /* The line is away: the page still says what was true, and asks again. */ }
  later();
}

function later() {
  if (own?.querySelector("[data-pending]")) setTimeout(ask, 3000);
}

later();
