// Line charts of the run's series, drawn by uPlot when they come into view.

const LIGHT = ["#7b3fc4", "#c2410c", "#0e7490", "#3f7d0f", "#be123c", "#1d4ed8", "#854d0e", "#475569"];
const DARK = ["#b794f6", "#fb923c", "#22d3ee", "#86c94a", "#fb7185", "#7aa2ff", "#eab308", "#a3b3c9"];
const HEIGHT = 220;
const WIDE_HEIGHT = 420;
const WHOLE = Array.from({ length: 46 }, (_, at) => [1, 2, 5][at % 3] * 10 ** Math.floor(at / 3));
const OF_TIME = [0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].concat(
  [1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  [1, 2, 3, 6, 12, 24, 48, 120, 240, 720].map((hours) => hours * 3600)
); // distances between the marks of an axis
const charts = new Map(); // title -> Chart

function colour(index) {
  const colours = isDark() ? DARK : LIGHT;
  return colours[index % colours.length];
}

function styleOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axis(values, size) {
  const grid = { stroke: styleOf("--grid"), width: 1 };
  return { stroke: styleOf("--soft"), grid, ticks: grid, values, size, font: "12px system-ui, sans-serif" };
}

/** The moments of a line in seconds after the start; null where nothing tells them. */
function moments(line) {
  if (line.at) return line.at.map((ms) => (ms - (report.started || line.at[0])) / 1000);
  const [steps, times] = report.pace;
  if (steps.length < 2) return null;
  let place = 0;
  return line.x.map((step) => {
    while (place < steps.length - 2 && steps[place + 1] < step) place += 1;
    const share = (step - steps[place]) / (steps[place + 1] - steps[place]);
    const ms = times[place] + Math.min(1, Math.max(0, share)) * (times[place + 1] - times[place]);
    return (ms - report.started) / 1000;
  });
}

/** An exponential average that starts at the first value (Adam's correction of the bias). */
function smoothed(values, weight) {
  let sum = 0;
  let total = 0;
  return values.map((value) => {
    sum = sum * weight + value * (1 - weight);
    total = total * weight + 1 - weight;
    return sum / total;
  });
}

class Chart {
  constructor(spec) {
    this.plot = null;
    this.title = spec.title;
    this.legend = el("ul", { class: "legend" });
    this.spoken = el("div", { class: "unseen", role: "status" });
    this.reset = el("button", { type: "button", hidden: true, onclick: () => this.zoom(null) }, "Reset zoom");
    this.enlarge = el("button", { type: "button", onclick: () => this.setWide(!settings.wide[this.title]) }, "Enlarge");
    this.stage = el("div", {
      class: "stage",
      tabindex: "0",
      role: "group",
      onkeydown: (event) => this.key(event),
    });
    this.node = el(
      "figure",
      { class: "chart" },
      el("figcaption", {}, el("h3", {}, spec.title), this.reset, this.enlarge),
      this.stage,
      this.legend,
      this.spoken
    );
    this.seen = false;
    this.take(spec);
    this.showWide();
  }

  /** New data, or new settings: `again` draws from nothing, else zoom and cursor stay as they are. */
  take(spec, again) {
    this.spec = spec;
    const lines = spec.lines.map((index) => report.lines[index]);
    const same = this.lines && this.lines.map((line) => line.name + !!line.low).join() === lines.map((line) => line.name + !!line.low).join();
    this.lines = lines;
    const points = Math.max(...lines.map((line) => line.points));
    this.stage.setAttribute(
      "aria-label",
      "Line chart of " + lines.map((line) => line.name).join(", ") + ", up to " + points +
        " points. Left and right arrow keys read values, plus and minus zoom, 0 shows all."
    );
    if (!this.seen) return;
    if (again || !same || !this.plot) this.draw();
    else {
      const zoom = settings.zooms[this.zoomKey()];
      this.plot.setData(this.columns(), !zoom);
      if (zoom) this.plot.setScale("x", { min: zoom[0], max: zoom[1] });
      this.read();
    }
  }

  zoomKey() {
    return this.title + "|" + settings.x + (settings.logX ? "|log" : "");
  }

  /** The columns for uPlot: x, then for each line what `series` names, in that order. */
  columns() {
    this.byIndex = false;
    this.byTime = settings.x === "time";
    const positive = (values) => (this.logY ? values.map((value) => (value > 0 ? value : null)) : values);
    this.logY = settings.logY && this.lines.some((line) => line.y.some((value) => value > 0));
    const tables = this.lines.map((line) => {
      let x = this.byTime ? moments(line) : line.x;
      if (!x) {
        this.byTime = false;
        x = line.x;
      }
      if (x.length > 1 && x[0] === x[x.length - 1]) {
        this.byIndex = true; // many values of one step: the system's, in a program without steps
        x = x.map((_, index) => index);
      }
      const columns = [x, positive(settings.smoothing ? smoothed(line.y, settings.smoothing) : line.y)];
      if (settings.smoothing) columns.push(positive(line.y));
      if (line.low) columns.push(positive(line.low), positive(line.high));
      if (!settings.logX) return columns;
      const from = x.findIndex((value) => value > 0);
      return columns.map((column) => (from < 0 ? [] : column.slice(from)));
    });
    return uPlot.join(tables);
  }

  series() {
    const series = [{}];
    const bands = [];
    this.places = [];
    this.lines.forEach((line, index) => {
      const tint = line.colour === undefined ? index : line.colour;
      const stroke = colour(tint);
      const show = !settings.hidden[this.title + "|" + line.name];
      const own = [series.length];
      const points = { show: line.x.length < 2 ? true : undefined, size: 5 };
      series.push({ label: line.name, stroke, width: 1.75, spanGaps: true, show, points, dash: tint % 8 > 3 ? [6, 4] : undefined });
      if (settings.smoothing) {
        own.push(series.length);
        series.push({ label: "", stroke: stroke + "55", width: 1, spanGaps: true, show, points: { show: false } });
      }
      if (line.low) {
        own.push(series.length, series.length + 1);
        bands.push({ series: [series.length + 1, series.length], fill: stroke + "2e", dir: -1 });
        for (let edge = 0; edge < 2; edge += 1) series.push({ label: "", stroke: "transparent", width: 0, spanGaps: true, show, points: { show: false } });
      }
      this.places.push(own);
    });
    return { series, bands };
  }

  draw() {
    const zoom = settings.zooms[this.zoomKey()];
    if (this.plot) this.plot.destroy();
    const data = this.columns();
    const { series, bands } = this.series();
    const width = Math.max(200, this.stage.clientWidth);
    this.plot = new uPlot(
      {
        width,
        height: settings.wide[this.title] ? WIDE_HEIGHT : HEIGHT,
        legend: { show: false },
        cursor: {
          drag: { x: true, y: false },
          y: false,
          points: { size: 7 },
          sync: { key: "steps", filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
        },
        scales: { x: { time: false, distr: settings.logX ? 3 : 1 }, y: { distr: this.logY ? 3 : 1 } },
        axes: [
          {
            ...axis((_, splits) => splits.map((value) => (value === null ? "" : this.byTime ? duration(value) : short(value))), 36),
            incrs: this.byTime ? OF_TIME : WHOLE,
          },
          axis((_, splits) => splits.map((value) => (value === null ? "" : shown(value))), 72),
        ],
        series,
        bands,
        hooks: { setCursor: [() => this.read()], setScale: [(_, key) => key === "x" && this.zoomed()] },
      },
      data,
      this.stage
    );
    this.showLegend();
    if (zoom) this.plot.setScale("x", { min: zoom[0], max: zoom[1] });
  }

  // --- the legend -------------------------------------------------------------------------------------

  showLegend() {
    this.at = el("li", { class: "at" });
    this.values = this.lines.map(() => el("output", {}));
    this.legend.replaceChildren(
      ...this.lines.map((line, index) => {
        const mark = el("span", { class: "mark", "aria-hidden": "true" });
        mark.style.background = colour(line.colour === undefined ? index : line.colour);
        const key = this.title + "|" + line.name;
        const button = el("button", { type: "button", "aria-pressed": String(!settings.hidden[key]) }, mark, line.name);
        button.addEventListener("click", () => {
          if (settings.hidden[key]) delete settings.hidden[key];
          else settings.hidden[key] = true;
          button.setAttribute("aria-pressed", String(!settings.hidden[key]));
          for (const place of this.places[index]) this.plot.setSeries(place, { show: !settings.hidden[key] });
          remember();
        });
        return el("li", {}, button, this.values[index]);
      }),
      this.at
    );
    this.read();
  }

  /** The values under the cursor, of all series; without a cursor the last ones. */
  read() {
    if (!this.plot || !this.values) return;
    const data = this.plot.data;
    const index = this.plot.cursor.idx;
    const none = index === null || index === undefined;
    this.lines.forEach((line, place) => {
      const column = data[this.places[place][0]] || [];
      let near = none ? column.length - 1 : index;
      while (near > 0 && (column[near] === null || column[near] === undefined)) near -= 1;
      this.values[place].textContent = shown(column[near]);
    });
    const x = none ? null : data[0][index];
    this.at.textContent = none ? "" : this.byTime ? "at " + duration(x) : (this.byIndex ? "sample " : "step ") + shown(x);
  }

  // --- zoom and keys ----------------------------------------------------------------------------------

  zoomed() {
    const x = this.plot && this.plot.data[0];
    if (!x || !x.length) return;
    const { min, max } = this.plot.scales.x;
    const zoom = min > x[0] || max < x[x.length - 1];
    if (zoom) settings.zooms[this.zoomKey()] = [min, max];
    else delete settings.zooms[this.zoomKey()];
    this.reset.hidden = !zoom;
    remember();
  }

  zoom(range) {
    const x = this.plot.data[0];
    if (range) this.plot.setScale("x", { min: range[0], max: range[1] });
    else {
      delete settings.zooms[this.zoomKey()];
      this.plot.setScale("x", { min: x[0], max: x[x.length - 1] });
      this.plot.setData(this.plot.data, true); // the scales as if never touched
      this.stage.focus();
    }
  }

  key(event) {
    if (!this.plot || event.ctrlKey || event.metaKey || event.altKey) return;
    const plot = this.plot;
    const x = plot.data[0];
    const last = x.length - 1;
    const { min, max } = plot.scales.x;
    const index = plot.cursor.idx;
    const from = index === null || index === undefined ? null : index;
    const stride = event.shiftKey ? Math.max(1, Math.round(x.length / 20)) : 1;
    const go = (place) => {
      const to = Math.min(last, Math.max(0, place));
      if (x[to] < min || x[to] > max) plot.setScale("x", { min: min + x[to] - x[from], max: max + x[to] - x[from] });
      plot.setCursor({ left: plot.valToPos(x[to], "x"), top: 1 });
      this.read();
      this.spoken.textContent = this.at.textContent + ": " + this.lines.map((line, i) => line.name + " " + this.values[i].textContent).join(", ");
    };
    const scale = (factor) => {
      const middle = from === null ? (min + max) / 2 : x[from];
      const low = Math.max(x[0], middle - (middle - min) * factor);
      const high = Math.min(x[last], middle + (max - middle) * factor);
      if (low <= x[0] && high >= x[last]) this.zoom(null);
      else this.zoom([low, high]);
    };
    const keys = {
      ArrowLeft: () => go(from === null ? last : from - stride),
      ArrowRight: () => go(from === null ? 0 : from + stride),
      Home: () => go(0),
      End: () => go(last),
      "+": () => scale(0.5),
      "=": () => scale(0.5),
      "-": () => scale(2),
      0: () => this.zoom(null),
      Escape: () => this.zoom(null),
    };
    const act = keys[event.key];
    if (!act || last < 0) return;
    event.preventDefault();
    act();
  }

  // --- size -------------------------------------------------------------------------------------------

  setWide(wide) {
    if (wide) settings.wide[this.title] = true;
    else delete settings.wide[this.title];
    remember();
    this.showWide();
    this.fit();
  }

  showWide() {
    const wide = !!settings.wide[this.title];
    this.node.classList.toggle("wide", wide);
    this.enlarge.textContent = wide ? "Reduce" : "Enlarge";
    this.enlarge.setAttribute("aria-label", this.enlarge.textContent + " chart " + this.title);
    this.reset.setAttribute("aria-label", "Reset zoom of chart " + this.title);
  }

  fit() {
    const width = Math.max(200, this.stage.clientWidth);
    const height = settings.wide[this.title] ? WIDE_HEIGHT : HEIGHT;
    if (this.plot && (this.plot.width !== width || this.plot.height !== height)) this.plot.setSize({ width, height });
  }

  show() {
    if (this.seen) return;
    this.seen = true;
    this.draw();
  }
}

const inView = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      inView.unobserve(entry.target);
      for (const one of [...charts.values(), ...plots]) if (one.node === entry.target) one.show();
    }
  },
  { rootMargin: "300px" }
);
const sized = new ResizeObserver(() => {
  for (const one of [...charts.values(), ...plots]) one.fit();
});

function redrawAll() {
  for (const chart of charts.values()) chart.take(chart.spec, true);
  for (const plot of plots) plot.redraw();
}
