// Rows are updated in place, by label, so that a bar moves from its old width to the new one. While the pen is down, it moves at once.

export default function ({ parentElement, data }) {
  const list = parentElement.querySelector(".bars");
  list.setAttribute("aria-label", data.title);
  const draw = (rows, isLive) => {
    list.classList.toggle("live", isLive);
    drawRows(list, rows, data.best);
  };
  followPen(parentElement, data, ({ rows }) => draw(rows, false), (answer, { rows }) => draw(makeRows(answer, rows.length), true));
}

// The answer's classes in their order, or where there is no room for all of them, the most likely ones.
function makeRows({ classes, probabilities }, count) {
  const rows = classes.map((label, i) => [label, probabilities[i]]);
  return rows.length > count ? rows.sort(([, share], [, other]) => other - share).slice(0, count) : rows;
}

function drawRows(list, data, bestText) {
  const old = new Map([...list.children].map((row) => [row.dataset.label, row]));
  const best = Math.max(0, ...data.map(([, share]) => share));
  const winner = data.findIndex(([, share]) => share > 0 && share === best);
  const rows = data.map(([label, share], i) => {
    const row = old.get(label) ?? newRow(label);
    const [, , bar, percent, note] = row.children;
    row.classList.toggle("best", i === winner);
    bar.firstChild.style.width = `${share * 100}%`;
    percent.textContent = percentText(share, best);
    note.textContent = i === winner ? `, ${bestText}` : "";
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
  // Cells of the class "quiet" are only for screen readers: a row reads "7: 98.2 %, most likely".
  const cells = ["label", "colon quiet", "bar", "percent", "note quiet"].map((name) => {
    const cell = document.createElement("span");
    cell.className = name;
    row.append(cell);
    return cell;
  });
  cells[0].textContent = label;
  cells[0].title = label;
  cells[1].textContent = ": ";
  cells[2].setAttribute("aria-hidden", "true");
  cells[2].append(document.createElement("span"));
  return row;
}

// best: the largest share; 0 if there is no answer yet.
function percentText(share, best) {
  if (best > 0 && share < 0.001) return "< 0.1\u00a0%";
  if (share < 1 && share > 0.999) return "> 99.9\u00a0%";
  return `${(share * 100).toFixed(1)}\u00a0%`;
}
