// Custom and scikit-learn plots: lines and clouds by uPlot, bars and confusion matrices as tables.

const plots = []; // those that uPlot draws
const MANY = 12; // classes, from which on a matrix is as wide as the page

/** A plot in its frame, with a button that makes it as wide as the page. */
function framed(title, wide, more, ...body) {
  const node = el("figure", { class: "chart" });
  const button = el("button", { type: "button" });
  const apply = () => {
    node.classList.toggle("wide", wide);
    button.textContent = wide ? "Reduce" : "Enlarge";
    button.setAttribute("aria-label", button.textContent + " plot " + title);
  };
  button.addEventListener("click", () => {
    wide = !wide;
    apply();
  });
  apply();
  node.append(el("figcaption", {}, el("h3", {}, title), ...more, button), ...body);
  return node;
}

class Figure {
  constructor(figure) {
    this.figure = figure;
    this.plot = null;
    this.stage = el("div", {
      class: "stage",
      role: "img",
      "aria-label": figure.title + ": " + figure.y_label + " by " + figure.x_label,
    });
    this.legend = el("ul", { class: "legend" });
    this.node = framed(figure.title, false, [], this.stage, this.legend);
  }

  show() {
    this.seen = true;
    const { columns, diagonal, form } = this.figure;
    const lines = columns.map((column) => ({ name: column.name, x: column.x, y: column.y }));
    if (diagonal) lines.push({ name: "", x: [0, 1], y: [0, 1] });
    // One row a point: several points of a line may share an x (a ROC curve climbs), which a join would lose.
    const rows = [];
    lines.forEach((line, place) => line.x.forEach((x, at) => rows.push([x, place, line.y[at]])));
    rows.sort((one, other) => one[0] - other[0]);
    const data = [rows.map((row) => row[0]), ...lines.map((_, place) => rows.map((row) => (row[1] === place ? row[2] : null)))];
    const series = lines.map((line, index) => {
      const reference = diagonal && index === lines.length - 1;
      const stroke = reference ? styleOf("--soft") : colour(index);
      const cloud = form === "scatter" && !reference;
      return {
        label: line.name,
        stroke,
        width: reference ? 1 : 1.75,
        dash: reference ? [4, 4] : undefined,
        spanGaps: true,
        paths: cloud ? () => null : undefined,
        points: { show: cloud ? true : false, size: 5, fill: stroke },
      };
    });
    const { x_label, y_label } = this.figure;
    if (this.plot) this.plot.destroy();
    this.plot = new uPlot(
      {
        width: Math.max(200, this.stage.clientWidth),
        height: this.height(),
        legend: { show: false },
        cursor: { drag: { x: true, y: true } },
        scales: { x: { time: false } },
        axes: [
          { ...axis((_, splits) => splits.map((value) => (value === null ? "" : terse(value))), 36), label: x_label, labelSize: 20, labelFont: FONT },
          { ...upright(44), label: y_label, labelSize: 20, labelFont: FONT },
        ],
        series: [{}, ...series],
        hooks: { setCursor: [() => this.read()] },
      },
      data,
      this.stage
    );
    this.at = el("li", { class: "at" });
    this.legend.replaceChildren(
      ...(columns.length > 1 ? columns : []).map((column, index) => {
        const mark = el("span", { class: "mark", "aria-hidden": "true" });
        mark.style.background = colour(index);
        return el("li", {}, mark, column.name);
      }),
      this.at
    );
  }

  read() {
    const { idx } = this.plot.cursor;
    const data = this.plot.data;
    const place = idx === null || idx === undefined ? -1 : data.findIndex((column, index) => index && column[idx] !== null);
    this.at.textContent = place < 0 ? "" : "(" + shown(data[0][idx]) + ", " + shown(data[place][idx]) + ")";
  }

  height() {
    return this.node.classList.contains("wide") ? WIDE_HEIGHT + 60 : HEIGHT + 60;
  }

  fit() {
    const width = Math.max(200, this.stage.clientWidth);
    if (this.plot && this.plot.width !== width) this.plot.setSize({ width, height: this.height() });
  }

  redraw() {
    if (this.seen) this.show();
  }
}

function bars(figure) {
  const nodes = figure.columns.map((column) => {
    const most = Math.max(...column.y.map(Math.abs)) || 1;
    const rows = column.x.map((label, index) => {
      const bar = el("span", { class: column.y[index] < 0 ? "bar below" : "bar", "aria-hidden": "true" });
      bar.style.width = (100 * Math.abs(column.y[index])) / most + "%";
      return el("tr", {}, el("th", { scope: "row" }, label), el("td", { class: "bars" }, bar), el("td", { class: "number" }, shown(column.y[index])));
    });
    return el("table", { class: "barred" }, el("caption", {}, column.name), el("tbody", {}, ...rows));
  });
  return framed(figure.title, false, [], el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": figure.title }, ...nodes));
}

function confusion(figure) {
  const many = figure.labels.length > MANY;
  const body = el("tbody", {});
  const share = el("input", { type: "checkbox", checked: figure.normalized, onchange: () => fill() });
  const heads = figure.labels.map((label) => el("th", { scope: "col", title: label }, label));
  const percent = (part) => trimmed((100 * part).toFixed(1)) + " %";
  const caption = el("caption", {});
  function fill() {
    const all = Math.max(...figure.counts.flat(), 1);
    const unit = share.checked && many ? " In percent of each row." : "";
    caption.textContent = "Rows: " + figure.x_label + ". Columns: " + figure.y_label + "." + unit;
    body.replaceChildren(
      ...figure.counts.map((row, index) => {
        const sum = row.reduce((total, count) => total + count, 0) || 1;
        return el(
          "tr",
          {},
          el("th", { scope: "row", title: figure.labels[index] }, figure.labels[index]),
          ...row.map((count, other) => {
            const part = share.checked ? count / sum : count / all;
            const rounded = many ? String(Math.round(100 * part)) : percent(part); // the caption says percent
            const said = count === 0 && many ? "" : share.checked ? rounded : String(count);
            const whole = figure.labels[index] + " as " + figure.labels[other] + ": " + count + ", " + percent(count / sum) + " of the row";
            const cell = el("td", { class: "heat", title: whole }, said);
            // not to the full colour: the text on it keeps a contrast of 4.5 to 1 (WCAG 2.2, 1.4.3)
            cell.style.background = "color-mix(in srgb, var(--heat) " + (62 * part).toFixed(1) + "%, transparent)";
            return cell;
          })
        );
      })
    );
  }
  fill();
  return framed(
    figure.title,
    many,
    [el("label", {}, share, " share of each row")],
    figure.trouble ? el("p", { class: "note" }, figure.trouble) : "",
    el(
      "div",
      { class: "scroller", tabindex: "0", role: "region", "aria-label": figure.title },
      el(
        "table",
        { class: many ? "confusion many" : "confusion" },
        caption,
        el("thead", {}, el("tr", {}, el("td", {}), ...heads)),
        body
      )
    )
  );
}

function figureNode(figure) {
  if (figure.form === "confusion") return confusion(figure);
  if (!figure.columns.length) {
    return el("figure", { class: "chart" }, el("figcaption", {}, el("h3", {}, figure.title)), el("p", { class: "note" }, figure.trouble));
  }
  if (figure.form === "bar") return bars(figure);
  const one = new Figure(figure);
  plots.push(one);
  inView.observe(one.node);
  sized.observe(one.node);
  return one.node;
}
