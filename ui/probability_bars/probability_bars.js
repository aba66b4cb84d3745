// Rows are kept and changed in place, by label, so that a bar moves from its old width to the new one.

export default function ({ parentElement, data }) {
  const list = parentElement.querySelector(".bars");
  list.setAttribute("aria-label", data.title);
  const old = new Map([...list.children].map((row) => [row.dataset.label, row]));
  const best = Math.max(0, ...data.rows.map(([, share]) => share));
  const winner = data.rows.findIndex(([, share]) => share > 0 && share === best);
  const rows = data.rows.map(([label, share], i) => {
    const row = old.get(label) ?? newRow(label);
    const [, bar, percent] = row.children;
    row.classList.toggle("best", i === winner);
    bar.firstChild.style.width = `${share * 100}%`;
    percent.textContent = percentText(share);
    return row;
  });
  const same = rows.length === list.children.length && rows.every((row, i) => row === list.children[i]);
  if (!same) list.replaceChildren(...rows);
}

function newRow(label) {
  const row = document.createElement("div");
  row.className = "row";
  row.setAttribute("role", "listitem");
  row.dataset.label = label;
  for (const name of ["label", "bar", "percent"]) {
    const cell = document.createElement("span");
    cell.className = name;
    row.append(cell);
  }
  row.children[0].textContent = label;
  row.children[0].title = label;
  row.children[1].setAttribute("aria-hidden", "true");
  row.children[1].append(document.createElement("span"));
  return row;
}

function percentText(share) {
  if (share > 0 && share < 0.001) return "<0.1%";
  if (share < 1 && share > 0.999) return ">99.9%";
  return `${(share * 100).toFixed(1)}%`;
}
