"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const made = (name, attributes = {}, text = null) => {
    const node = Object.assign(document.createElement(name), attributes);
    if (text !== null) node.textContent = text;
    return node;
  };

  // Tables: a heading sorts by its column, absent values last.
  const key = (cell) => ("value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent);
  const compared = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), undefined, { numeric: true });
  };
  for (const table of all("table")) {
    const headings = all("th", table);
    headings.forEach((heading, at) => {
      heading.querySelector("button").addEventListener("click", () => {
        const down = heading.getAttribute("aria-sort") === "ascending";
        headings.forEach((each) => each.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row) => [key(row.cells[at]), row]);
        rows.sort(([a], [b]) => {
          if (a === "—" || b === "—") return (a === "—") - (b === "—");
          return down ? compared(b, a) : compared(a, b);
        });
        body.append(...rows.map(([, row]) => row));
      });
    });
  }

  // Filters and the picked layer hide rows together.
  const chosen = new Map();
  const shown = (table) => {
    const wanted = (chosen.get(table.id) || {}).text || "";
    const layer = (chosen.get(table.id) || {}).layer || "";
    let count = 0;
    for (const row of table.tBodies[0].rows) {
      const fits = row.textContent.toLowerCase().includes(wanted) &&
        (!layer || row.cells[0].textContent === layer);
      row.hidden = !fits;
      count += fits;
    }
    const output = document.querySelector(`[data-count="${table.id}"]`);
    if (output) output.textContent = `${count} ${count === 1 ? "row" : "rows"}`;
  };
  for (const input of all("input[data-filter]")) {
    const table = document.getElementById(input.dataset.filter);
    input.addEventListener("input", () => {
      chosen.set(table.id, { ...chosen.get(table.id), text: input.value.trim().toLowerCase() });
      shown(table);
    });
  }
  for (const select of all("select[data-layer]")) {
    const part = select.closest(".part");
    select.addEventListener("change", () => {
      const layer = select.value;
      for (const each of all("select[data-layer]", part)) each.value = layer;
      for (const mark of all(".chart [data-tip]", part)) {
        const found = /(?:^|; )layer: (\d+)/.exec(mark.dataset.tip);
        if (found) mark.classList.toggle("faded", layer !== "" && found[1] !== layer);
      }
      for (const table of all("table[data-by-layer]", part)) {
        chosen.set(table.id, { ...chosen.get(table.id), layer });
        shown(table);
      }
    });
  }

  // What a mark says, where it is pointed at or touched.
  const tip = document.getElementById("tip");
  document.addEventListener("pointerover", (event) => {
    const mark = event.target.closest && event.target.closest(".chart [data-tip]");
    if (!mark || !mark.dataset.tip.includes("; ")) {
      tip.hidden = true;
      return;
    }
    tip.textContent = mark.dataset.tip.split("; ").join("\n");
    tip.hidden = false;
    const place = mark.getBoundingClientRect();
    const left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
    const top = event.clientY + 16 + tip.offsetHeight > window.innerHeight
      ? Math.max(8, Math.min(place.top, event.clientY) - tip.offsetHeight - 8)
      : event.clientY + 16;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${top}px`;
  });

  // Items: built when they are shown, as text and never as markup.
  const AT_ONCE = 25;
  for (const explorer of all(".explorer")) {
    const data = JSON.parse(explorer.querySelector("script").textContent);
    const list = explorer.querySelector(".items");
    const more = explorer.querySelector(".more");
    const search = explorer.querySelector("input");
    const select = explorer.querySelector("select");
    const count = explorer.querySelector("output");
    const right = (way) => way.score >= 1;
    const mark = (way) => (data.graded ? way.score.toFixed(1) : right(way) ? "✓ right" : "✗ wrong");
    const fits = (item) => {
      const rights = item.ways.map(right);
      const wanted = select.value;
      if (wanted === "differ" && rights.every((each) => each === rights[0])) return false;
      if (wanted === "right" && !rights.every(Boolean)) return false;
      if (wanted === "wrong" && rights.some(Boolean)) return false;
      if (/^\d+$/.test(wanted) && rights[Number(wanted)]) return false;
      const text = search.value.trim().toLowerCase();
      return !text || JSON.stringify(item).toLowerCase().includes(JSON.stringify(text).slice(1, -1));
    };
    const field = (list, name, text) => {
      if (!text) return;
      list.append(made("dt", {}, name), made("dd", { dir: "auto" }, text));
    };
    const way = (each, name) => {
      const state = data.graded ? "" : right(each) ? "right" : "wrong";
      const block = made("div", { className: `by ${state}` });
      const problem = each.problem ? ` · ${each.problem}` : "";
      block.append(made("p", { className: "mark" }, `${name}: ${mark(each)}${problem}`));
      if (each.prompt || !each.members) {
        block.append(made("pre", { dir: "auto", tabIndex: 0 }, each.prompt || "no prompt"));
      }
      const fields = made("dl");
      field(fields, "Answers that were combined", each.members);
      field(fields, "In the bridge language", each.pivot);
      field(fields, "Written", each.written);
      field(fields, "Answer", each.answer || "—");
      block.append(fields);
      return block;
    };
    const entry = (item) => {
      const details = made("details", { className: "item" });
      const summary = made("summary");
      summary.append(made("span", { className: "id", dir: "auto" }, item.id));
      summary.append(made("span", { dir: "auto" }, item.right.join(", ")));
      const ways = made("span", { className: "ways" });
      item.ways.forEach((each, at) => {
        const state = data.graded ? "" : right(each) ? "right" : "wrong";
        const named = made("span", {}, `${data.ways[at]}: `);
        named.append(made("b", { className: state }, mark(each)));
        ways.append(named);
      });
      summary.append(ways);
      details.append(summary);
      details.addEventListener("toggle", () => {
        if (!details.open || details.childElementCount > 1) return;
        if (item.options.length) {
          const options = made("dl");
          field(options, "Options", item.options.join(" · "));
          details.append(options);
        }
        details.append(...item.ways.map((each, at) => way(each, data.ways[at])));
      });
      return details;
    };
    let found = [];
    const grow = () => {
      const from = list.childElementCount;
      list.append(...found.slice(from, from + AT_ONCE).map(entry));
      more.hidden = list.childElementCount >= found.length;
    };
    const renew = () => {
      found = data.items.filter(fits);
      list.replaceChildren();
      count.textContent = `${found.length} of ${data.items.length} items`;
      grow();
    };
    more.addEventListener("click", grow);
    search.addEventListener("input", renew);
    select.addEventListener("change", renew);
    renew();
  }
})();
