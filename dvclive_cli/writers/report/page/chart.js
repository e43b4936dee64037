// Line charts of the run's series, drawn by uPlot when they come into view.

const HEIGHT = 220;
const WIDE_HEIGHT = 420;
const charts = new Map(); // title -> Chart
let following = false; // a chart zooms because another one does

class Chart {
  constructor(spec) {
    this.plot = null;
    this.title = spec.title;
    this.legend = el("ul", { class: "legend" });
    this.spoken = el("div", { class: "unseen", role: "status" });
    this.reset = el("button", { type: "button", hidden: true, onclick: () => this.zoom(null) }, "Reset zoom");
    this.enlarge = el("button", { type: "button", onclick: () => this.setWide(!settings.wide[this.title]) }, "Enlarge");
    this.csv = el("button", { type: "button", title: "Save the values", onclick: () => saveTable(this) }, "CSV");
    this.png = el("button", { type: "button", title: "Save the picture", onclick: () => savePicture(this) }, "PNG");
    this.stage = el("div", {
      class: "stage",
      tabindex: "0",
      role: "group",
      onkeydown: (event) => this.key(event),
    });
    this.node = el(
      "figure",
      { class: "chart" },
      el("figcaption", {}, el("h3", {}, spec.title), this.reset, this.csv, this.png, this.enlarge),
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
    this.across = settings.x;
    const found = { step: (line) => line.x, time: moments, clock }[settings.x];
    const positive = (values) => (this.logY ? values.map((value) => (value > 0 ? value : null)) : values);
    this.logY = settings.logY && this.lines.some((line) => line.y.some((value) => value > 0));
    const tables = this.lines.map((line) => {
      let x = found(line);
      if (!x) {
        this.across = "step";
        x = line.x;
      }
      if (x.length > 1 && x[0] === x[x.length - 1]) {
        this.byIndex = true; // many values of one step: the system's, in a program without steps
        x = x.map((_, index) => index);
      }
      const columns = [x, positive(settings.smoothing ? smoothed(line.y, settings.smoothing) : line.y)];
      if (settings.smoothing) columns.push(positive(line.y));
      if (line.low) columns.push(positive(line.low), positive(line.high));
      line.across = x;
      if (!settings.logX) return columns;
      const from = x.findIndex((value) => value > 0);
      return columns.map((column) => (from < 0 ? [] : column.slice(from)));
    });
    return uPlot.join(tables);
  }

  /** Whether the reader wants to see a line: in this chart, and that run at all. */
  shows(line) {
    return !settings.hidden[this.title + "|" + line.name] && !settings.off[line.name];
  }

  series() {
    const series = [{}];
    const bands = [];
    this.places = [];
    this.lines.forEach((line, index) => {
      const tint = line.colour === undefined ? index : line.colour;
      const stroke = colour(tint);
      const show = this.shows(line);
      const own = [series.length];
      const points = { show: line.x.length < 2 ? true : undefined, size: 5 };
      series.push({ label: line.name, stroke, width: 1.75, spanGaps: false, show, points, dash: tint % 8 > 3 ? [6, 4] : undefined });
      if (settings.smoothing) {
        own.push(series.length);
        series.push({ label: "", stroke: stroke + "55", width: 1, spanGaps: false, show, points: { show: false } });
      }
      if (line.low) {
        own.push(series.length, series.length + 1);
        bands.push({ series: [series.length + 1, series.length], fill: stroke + "2e", dir: -1 });
        for (let edge = 0; edge < 2; edge += 1) series.push({ label: "", stroke: "transparent", width: 0, spanGaps: false, show, points: { show: false } });
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
        scales: { x: this.scaleX(), y: this.scaleY() },
        axes: [across(this.across), upright(56)],
        series,
        bands,
        hooks: {
          draw: [(plot) => this.markBest(plot)],
          setCursor: [() => this.read()],
          setScale: [(_, key) => key === "x" && this.zoomed()],
        },
      },
      data,
      this.stage
    );
    this.showLegend();
    this.showLines();
    if (zoom) this.plot.setScale("x", { min: zoom[0], max: zoom[1] });
  }

  scaleX() {
    const scale = { time: this.across === "clock", distr: settings.logX ? 3 : 1 };
    if (!settings.logX) {
      scale.range = (plot, low, high) => {
        const only = plot.data[0].length === 1 ? plot.data[0][0] : low === high ? low : null;
        return only === null ? [low, high] : [only - 1, only + 1];
      };
    }
    return scale;
  }

  scaleY() {
    const scale = { distr: this.logY ? 3 : 1 };
    if (settings.bulk) {
      scale.range = (plot, low, high) => {
        const [from, to] = bulk(plot, this.places.map((own) => own[0])) || [low, high];
        if (from === null || from === undefined) return [0, 1];
        return this.logY ? uPlot.rangeLog(from, to, 10, false) : uPlot.rangeNum(from, to, 0.1, false);
      };
    }
    return scale;
  }

  /** A ring around the best point of each line. */
  markBest(plot) {
    const { ctx } = plot;
    this.lines.forEach((line, index) => {
      if (!line.best || !this.shows(line)) return;
      let at = line.x.length - 1;
      while (at > 0 && line.x[at] > line.best[0]) at -= 1;
      const exact = this.across === "step" && !this.byIndex;
      const [x, y] = [exact ? line.best[0] : line.across[at], line.best[1]];
      const { x: wide, y: high } = plot.scales;
      if (x < wide.min || x > wide.max || y < high.min || y > high.max) return;
      if ((this.logY && y <= 0) || (settings.logX && x <= 0)) return;
      ctx.save();
      ctx.beginPath();
      ctx.arc(plot.valToPos(x, "x", true), plot.valToPos(y, "y", true), 5 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.lineWidth = 2 * devicePixelRatio;
      ctx.strokeStyle = colour(line.colour === undefined ? index : line.colour);
      ctx.stroke();
      ctx.restore();
    });
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
          this.showLines();
          remember();
        });
        const best = line.best ? "best " + shown(line.best[1]) + " at step " + shown(line.best[0]) : null;
        return el("li", { title: best }, button, this.values[index]);
      }),
      this.at
    );
    this.read();
  }

  showLines() {
    if (!this.plot) return;
    this.plot.batch(() =>
      this.lines.forEach((line, index) => {
        for (const place of this.places[index])
          if (this.plot.series[place].show !== this.shows(line)) this.plot.setSeries(place, { show: this.shows(line) });
        this.legend.children[index].hidden = !!settings.off[line.name];
      })
    );
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
    const said = {
      clock: () => new Date(x * 1000).toLocaleString(),
      time: () => "at " + duration(x),
      step: () => (this.byIndex ? "sample " : "step ") + shown(x),
    };
    this.at.textContent = none ? "" : said[this.across]();
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
    if (settings.together && !following) this.lead(zoom ? [min, max] : null);
  }

  /** The other charts show the same stretch. */
  lead(range) {
    following = true;
    for (const other of charts.values()) {
      if (other === this || other.across !== this.across || other.byIndex !== this.byIndex) continue;
      if (other.plot) other.zoom(range, true);
      else if (range) settings.zooms[other.zoomKey()] = range;
      else delete settings.zooms[other.zoomKey()];
    }
    queueMicrotask(() => (following = false)); // after uPlot has told the others of their scales
  }

  zoom(range, led) {
    const x = this.plot.data[0];
    if (range) this.plot.setScale("x", { min: range[0], max: range[1] });
    else {
      delete settings.zooms[this.zoomKey()];
      this.plot.setScale("x", { min: x[0], max: x[x.length - 1] });
      this.plot.setData(this.plot.data, true); // the scales as if never touched
      if (!led) this.stage.focus();
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
  recolour.forEach((one) => one());
  for (const chart of charts.values()) chart.take(chart.spec, true);
  for (const plot of plots) plot.redraw();
}
