// Elements and texts. Whatever comes from the run becomes a text node: nothing here or elsewhere parses markup.

function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && typeof value !== "string") node[name] = value;
    else if (value !== undefined && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function trimmed(text) {
  return text.includes(".") ? text.replace(/\.?0+(?=e|$)/, "") : text;
}

/** A value as people read it: six significant digits of a fraction, whole numbers as they are. */
function shown(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return String(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return trimmed(value.toExponential(4));
  return trimmed(value.toPrecision(6));
}

/** A value beside an axis, where there is little room: 2.5e+13 is 2.5e13, 1200000 is 1.2e6. */
function terse(value) {
  const size = Math.abs(value);
  if (size < 1e6 && (size >= 1e-4 || size === 0)) return shown(value);
  return trimmed(value.toExponential(4)).replace("e+", "e");
}

/** A step at an axis: 2M, 250k. */
function short(value) {
  const size = Math.abs(value);
  for (const [unit, sign] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (size >= unit * 10 || (size >= unit && unit > 1e3)) return trimmed((value / unit).toPrecision(6)) + sign;
  }
  return shown(value);
}

/** Seconds as 0.4 s, 3:12, 2:05:09. */
function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (Math.abs(seconds) < 60) return trimmed(seconds.toPrecision(3)) + " s";
  const whole = Math.round(Math.abs(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return (seconds < 0 ? "-" : "") + (hours ? hours + ":" + two(minutes) : minutes) + ":" + two(whole % 60);
}

/** Whether any of some texts has all the words that the reader looks for. */
function wanted(...texts) {
  const words = settings.filter.toLowerCase().split(/\s+/);
  return texts.some((text) => words.every((word) => text.toLowerCase().includes(word)));
}

/** A table that is filled anew in place, so that scroll, focus and order stay. A cell is a value, or
    `{said, kind}` where it is good or bad. `named`: rows are looked for by their first cell. */
class Table {
  constructor(caption, named) {
    this.caption = caption;
    this.named = named;
    this.head = el("tr", {});
    this.body = el("tbody", {});
    const inner = el("table", {}, el("caption", { class: "unseen" }, caption), el("thead", {}, this.head), this.body);
    this.node = el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": caption }, inner);
  }

  fill(heads, rows) {
    this.rows = rows;
    const figures = /^(-?inf|nan|)$/i;
    const numeric = (cell) => typeof cell !== "string" || figures.test(cell);
    this.aligned = heads.map((_, place) => (place && rows.every((cells) => numeric(cells[place])) ? "number" : null));
    const key = JSON.stringify([heads, this.aligned]);
    if (this.key !== key) this.headings(heads);
    this.key = key;
    this.show();
  }

  headings(heads) {
    this.buttons = heads.map((head, place) =>
      el("button", { type: "button", class: "sort", onclick: () => this.sort(place) }, head)
    );
    this.head.replaceChildren(
      ...heads.map((head, place) => el("th", { scope: "col", class: this.aligned[place] }, head ? this.buttons[place] : ""))
    );
  }

  /** By that column: down, up, then as they came. */
  sort(place) {
    const [old, falling] = settings.sorts[this.caption] || [];
    if (old !== place) settings.sorts[this.caption] = [place, true];
    else if (falling) settings.sorts[this.caption] = [place, false];
    else delete settings.sorts[this.caption];
    remember();
    this.show();
  }

  show() {
    const [column, falling] = settings.sorts[this.caption] || [];
    [...this.head.children].forEach((th, place) =>
      place === column ? th.setAttribute("aria-sort", falling ? "descending" : "ascending") : th.removeAttribute("aria-sort")
    );
    let rows = this.named ? this.rows.filter((cells) => wanted(String(cells[0]))) : this.rows;
    if (column !== undefined) {
      const sign = falling ? -1 : 1;
      const empty = (cell) => cell === null || cell === undefined || cell === "";
      rows = [...rows].sort(([...one], [...other]) => {
        const [a, b] = [one[column], other[column]];
        if (empty(a) || empty(b)) return empty(a) - empty(b); // what says nothing stands last
        if (typeof a === "number" && typeof b === "number") return sign * (a - b);
        return sign * shown(a.said || a).localeCompare(shown(b.said || b), undefined, { numeric: true });
      });
    }
    this.body.replaceChildren(...rows.map((cells) => el("tr", {}, ...cells.map((cell, place) => this.cell(cell, place)))));
  }

  cell(cell, place) {
    if (!place) return el("th", { scope: "row" }, shown(cell));
    const rich = cell !== null && typeof cell === "object";
    const kind = [this.aligned[place], rich ? cell.kind : ""].filter(Boolean).join(" ");
    return el("td", { class: kind || null }, shown(rich ? cell.said : cell));
  }
}
