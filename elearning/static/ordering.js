// Enhances ordering questions: two buttons beside each number move a row up or down. The numbers alone work too.

for (const list of document.querySelectorAll(".ordering")) {
  const rows = [...list.children];
  const number = (row) => row.querySelector("select");
  const label = (row) => row.querySelector("label").textContent;
  const sort = () => {
    rows.sort((a, b) => number(a).value - number(b).value);
    list.append(...rows);
  };
  const move = (row, by) => {
    const from = rows.indexOf(row);
    if (!rows[from + by]) return;
    rows.splice(from + by, 0, ...rows.splice(from, 1));
    rows.forEach((other, index) => { number(other).value = index + 1; });
    sort();
    const status = document.getElementById("tell");
    if (status) status.textContent = `${label(row)}, ${list.dataset.moved} ${number(row).value}`;
    number(row).dispatchEvent(new Event("change", { bubbles: true }));
  };
  if (rows.every((row) => number(row).value)) sort();
  for (const row of rows) {
    for (const [by, caption] of [[-1, list.dataset.up], [1, list.dataset.down]]) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "button quiet", textContent: caption, ariaLabel: `${caption}: ${label(row)}` });
      button.addEventListener("click", () => { move(row, by); button.focus(); });
      row.append(button);
    }
  }
}
