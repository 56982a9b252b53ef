for (const button of document.querySelectorAll("table.results thead button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th");
    const column = [...head.parentNode.children].indexOf(head);
    const down = head.getAttribute("aria-sort") !== "descending";
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = head.closest("table").tBodies[0];
    const value = row => row.cells[column].dataset.value;
    const number = row => value(row) === "" ? -Infinity : Number(value(row));
    const order = column
      ? (a, b) => number(b) - number(a)
      : (a, b) => value(b).localeCompare(value(a));
    const rows = [...body.rows].sort(order);
    body.append(...(down ? rows : rows.reverse()));
  });
}
