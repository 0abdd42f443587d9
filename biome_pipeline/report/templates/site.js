// Tables that can be sorted and taken along; without this script they are plain tables.
// What does not belong here: anything that a reader of the page could not do without.
"use strict";
(() => {
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  // A cell of a number carries it whole; one that is not known has none and comes last.
  const valueOf = (cell, isNumber) =>
    isNumber ? (cell.dataset.value === undefined ? null : Number(cell.dataset.value)) : cell.textContent.trim();

  const compare = (a, b) => {
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return typeof a === "number" ? a - b : collator.compare(a, b);
  };

  const sortBy = (table, place, isNumber, isDown) => {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row, k) => ({ row, k, value: valueOf(row.cells[place], isNumber) }));
    rows.sort((a, b) => {
      const order = compare(a.value, b.value);
      const isUnknown = a.value === null || b.value === null;
      return (isDown && !isUnknown ? -order : order) || a.k - b.k;
    });
    body.append(...rows.map((one) => one.row));
  };

  const makeSortable = (table, status) => {
    const headings = Array.from(table.tHead.rows[0].cells);
    headings.forEach((heading, place) => {
      if (heading.tagName !== "TH") return;
      const isNumber = heading.classList.contains("number");
      const words = heading.textContent;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.textContent = words;
      heading.replaceChildren(button);
      button.addEventListener("click", () => {
        const last = heading.getAttribute("aria-sort");
        // Of numbers the largest are looked for first.
        const isDown = last ? last === "ascending" : isNumber;
        headings.forEach((other) => other.removeAttribute("aria-sort"));
        heading.setAttribute("aria-sort", isDown ? "descending" : "ascending");
        sortBy(table, place, isNumber, isDown);
        status.textContent = `Sorted by ${words}, ${isDown ? "descending" : "ascending"}`;
      });
    });
  };

  // A text that a spreadsheet would take for a formula gets an apostrophe before it.
  const quoted = (text, isNumber) => {
    const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };

  const csvOf = (table) =>
    Array.from(table.rows, (row) =>
      Array.from(row.cells, (cell) => {
        const isNumber = cell.dataset.value !== undefined;
        return quoted(isNumber ? cell.dataset.value : cell.textContent.trim(), isNumber);
      }).join(","),
    ).join("\r\n") + "\r\n";

  const makeSaveable = (table, box) => {
    const name = table.caption.textContent.trim();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "save";
    button.textContent = "Save as CSV";
    button.setAttribute("aria-label", `Save as CSV: ${name}`);
    button.addEventListener("click", () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([csvOf(table)], { type: "text/csv;charset=utf-8" }));
      link.download = `${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}.csv`;
      link.click();
      URL.revokeObjectURL(link.href);
    });
    box.after(button);
  };

  const status = document.createElement("p");
  status.className = "status";
  status.setAttribute("role", "status");
  document.body.append(status);
  for (const table of document.querySelectorAll("main table")) {
    if (!table.caption || !table.tHead) continue;
    makeSortable(table, status);
    makeSaveable(table, table.closest(".wide"));
  }
})();
