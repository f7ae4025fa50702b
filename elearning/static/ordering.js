// Things to put in order, made smoother: two buttons beside each number. The numbers alone do as well.

for (const list of document.querySelectorAll(".ordering")) {
  const rows = [...list.children];
  const place = (row) => row.querySelector("select");
  const words = (row) => row.querySelector("label").textContent;
  const sort = () => {
    rows.sort((a, b) => place(a).value - place(b).value);
    list.append(...rows);
  };
  const move = (row, by) => {
    const from = rows.indexOf(row);
    if (!rows[from + by]) return;
    rows.splice(from + by, 0, ...rows.splice(from, 1));
    rows.forEach((each, index) => { place(each).value = index + 1; });
    sort();
    const tell = document.getElementById("tell");
    if (tell) tell.textContent = `${words(row)}, ${list.dataset.moved} ${place(row).value}`;
    place(row).dispatchEvent(new Event("change", { bubbles: true }));
  };
  if (rows.every((row) => place(row).value)) sort();
  for (const row of rows) {
    for (const [by, label] of [[-1, list.dataset.up], [1, list.dataset.down]]) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "button quiet", textContent: label, ariaLabel: `${label}: ${words(row)}` });
      button.addEventListener("click", () => { move(row, by); button.focus(); });
      row.append(button);
    }
  }
}
