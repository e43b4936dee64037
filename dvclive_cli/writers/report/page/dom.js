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

function table(caption, heads, rows) {
  const aligned = (index) => (index && rows.every((cells) => typeof cells[index] !== "string") ? "number" : null);
  return el(
    "div",
    { class: "scroller", tabindex: "0", role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", { class: "unseen" }, caption),
      el("thead", {}, el("tr", {}, ...heads.map((head, i) => el("th", { scope: "col", class: aligned(i) }, head)))),
      el(
        "tbody",
        {},
        ...rows.map((cells) =>
          el(
            "tr",
            {},
            ...cells.map((cell, i) =>
              i ? el("td", { class: aligned(i) }, shown(cell)) : el("th", { scope: "row" }, shown(cell))
            )
          )
        )
      )
    )
  );
}
