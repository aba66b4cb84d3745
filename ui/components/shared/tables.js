// Tables whose cells are updated in place, so that screen readers keep their position.

function createTable(parent) {
  const table = document.createElement("table");
  table.createTHead().insertRow();
  table.createTBody();
  parent.append(table);
  return table;
}

// rows: lists of texts; the first text of a row is its header.
function fillTable(table, { caption, head, rows }) {
  if (caption) table.createCaption().textContent = caption;
  else table.deleteCaption();
  setCells(table.tHead.rows[0], "th", head);
  const body = table.tBodies[0];
  while (body.rows.length > rows.length) body.lastChild.remove();
  rows.forEach((row, i) => setCells(body.rows[i] ?? body.insertRow(), "td", row));
}

function setCells(row, tag, texts) {
  while (row.children.length > texts.length) row.lastChild.remove();
  texts.forEach((text, i) => {
    const cell = row.children[i] ?? row.appendChild(document.createElement(i ? tag : "th"));
    if (cell.tagName === "TH") cell.scope = tag === "th" ? "col" : "row";
    if (cell.textContent !== String(text)) cell.textContent = text;
  });
}
