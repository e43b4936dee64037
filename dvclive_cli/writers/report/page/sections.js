// The page from top to bottom. Built once; `fill` renews what the data say and leaves what the reader did.

const parts = {}; // section -> its body
const sections = [
  ["charts", "Charts"],
  ["metrics", "Metrics"],
  ["images", "Images"],
  ["plots", "Plots"],
  ["params", "Params"],
  ["system", "System"],
  ["output", "Last lines of output"],
  ["about", "About this run"],
];
const badge = el("p", { class: "badge", role: "status" });
const facts = el("p", { class: "facts" });
const notes = el("ul", { class: "notes" });
const links = el("nav", { "aria-label": "Sections" });
const timeChoice = el("option", { value: "time" }, "time");
const systemTable = el("div", {});
const noMatch = el("p", { class: "note", hidden: true }, "No chart has such a name.");

function setting(name, value, again) {
  settings[name] = value;
  remember();
  if (again) redrawAll();
}

function toolbar() {
  const x = el("select", { onchange: () => setting("x", x.value, true) }, el("option", { value: "step" }, "step"), timeChoice);
  x.value = settings.x;
  const smooth = el("input", { type: "range", min: "0", max: "0.99", step: "0.01", value: String(settings.smoothing) });
  const amount = el("output", {}, String(settings.smoothing));
  smooth.addEventListener("input", () => {
    amount.textContent = smooth.value;
    setting("smoothing", Number(smooth.value), true);
  });
  const check = (name) => {
    const box = el("input", { type: "checkbox", checked: settings[name], onchange: () => setting(name, box.checked, true) });
    return box;
  };
  const filter = el("input", { type: "search", value: settings.filter, placeholder: "part of a name" });
  filter.addEventListener("input", () => {
    setting("filter", filter.value);
    showFiltered();
  });
  return el(
    "div",
    { class: "toolbar", role: "group", "aria-label": "How charts are drawn" },
    el("label", {}, "Across ", x),
    el("label", {}, "Smoothing ", smooth, " ", amount),
    el("label", {}, check("logY"), " log y"),
    el("label", {}, check("logX"), " log x"),
    el("label", {}, "Only ", filter)
  );
}

function themeButton() {
  const names = { "": "Theme: system", light: "Theme: light", dark: "Theme: dark" };
  const next = { "": "light", light: "dark", dark: "" };
  const button = el("button", { type: "button", class: "theme" });
  const apply = () => {
    if (settings.theme) document.documentElement.dataset.theme = settings.theme;
    else delete document.documentElement.dataset.theme;
    button.textContent = names[settings.theme];
  };
  button.addEventListener("click", () => {
    settings.theme = next[settings.theme];
    apply();
    setting("theme", settings.theme, true);
  });
  apply();
  return button;
}

function build() {
  const main = el("main", { id: "main" });
  for (const [key, title] of sections) {
    const body = (parts[key] = el("div", { class: "body " + key }));
    const details = el("details", { id: key, open: !settings.closed[key] }, el("summary", {}, el("h2", {}, title)), body);
    details.addEventListener("toggle", () => {
      if (details.open) delete settings.closed[key];
      else settings.closed[key] = true;
      remember();
    });
    main.append(details);
  }
  document.getElementById("still").remove();
  parts.charts.before(toolbar(), noMatch);
  parts.system.after(systemTable);
  document.body.append(
    el("a", { href: "#main", class: "skip" }, "Skip to the report"),
    el("header", {}, el("div", { class: "heading" }, el("h1", {}, report.title), badge, themeButton()), facts, notes, links),
    main
  );
  fill();
}

function fill() {
  document.title = report.title;
  badge.className = "badge " + report.status.kind;
  badge.textContent = report.status.text;
  const when = (ms) => new Date(ms).toLocaleString();
  const said = [
    report.status.step === null ? "" : "step " + report.status.step,
    report.status.seconds === null ? "" : duration(report.status.seconds),
    report.started ? "started " + when(report.started) : "",
    report.running ? "updated " + new Date(report.written).toLocaleTimeString() : "",
  ];
  facts.textContent = said.filter(Boolean).join(" · ");
  notes.replaceChildren(...report.notes.map((note) => el("li", {}, note)));
  notes.hidden = !report.notes.length;
  timeChoice.disabled = report.pace[0].length < 2 && !report.lines.some((line) => line.at);
  fillCharts();
  const ofSystem = (row) => row[0].startsWith("system/");
  const heads = report.heads ? report.heads.metrics : ["metric", "last", "best", "at step", "lowest", "highest", "points"];
  const metrics = report.metrics.filter((row) => !ofSystem(row));
  parts.metrics.replaceChildren(table("Metrics", heads, metrics));
  const system = report.metrics.filter(ofSystem).map(([name, last, , , ...rest]) => [name, last, ...rest]);
  systemTable.replaceChildren(table("System metrics", ["metric", "last", "lowest", "highest", "points"], system));
  parts.params.replaceChildren(table("Params", report.heads ? report.heads.params : ["param", "value"], report.params));
  parts.about.replaceChildren(table("About this run", report.heads ? report.heads.facts : ["", ""], report.facts));
  parts.output.replaceChildren(el("pre", { tabindex: "0", "aria-label": "Last lines of output" }, report.tail));
  fillPictures();
  fillFigures();
  const full = {
    charts: report.charts.some((chart) => !chart.system),
    metrics: metrics.length,
    images: report.pictures.length,
    plots: report.figures.length,
    params: report.params.length,
    system: system.length,
    output: report.tail,
    about: report.facts.length,
  };
  const present = sections.filter(([key]) => full[key]);
  for (const [key] of sections) document.getElementById(key).hidden = !full[key];
  if (links.childElementCount !== present.length) {
    links.replaceChildren(...present.map(([key, title]) => el("a", { href: "#" + key, onclick: () => (document.getElementById(key).open = true) }, title)));
  }
}

function fillCharts() {
  const titles = new Set(report.charts.map((spec) => spec.title));
  for (const [title, chart] of charts) {
    if (titles.has(title)) continue;
    chart.node.remove();
    charts.delete(title);
  }
  for (const spec of report.charts) {
    const known = charts.get(spec.title);
    if (known) {
      known.take(spec);
      continue;
    }
    const chart = new Chart(spec);
    charts.set(spec.title, chart);
    (spec.system ? parts.system : parts.charts).append(chart.node);
    inView.observe(chart.node);
    sized.observe(chart.node);
  }
  showFiltered();
}

function showFiltered() {
  const wanted = settings.filter.toLowerCase();
  let any = false;
  for (const chart of charts.values()) {
    const names = [chart.title, ...chart.lines.map((line) => line.name)];
    chart.node.hidden = !names.some((name) => name.toLowerCase().includes(wanted));
    any = any || !chart.node.hidden;
  }
  noMatch.hidden = any || !wanted;
}

let shownPictures = "";

function fillPictures() {
  const now = JSON.stringify(report.pictures);
  if (now === shownPictures) return;
  shownPictures = now;
  parts.images.replaceChildren(...report.pictures.map(pictureNode));
}

function pictureNode(picture) {
  const shots = picture.shots;
  const chosen = shots.findIndex((shot) => shot.step === settings.shots[picture.name]);
  const image = el("img", {});
  const trouble = el("p", { class: "note" });
  const label = el("output", {});
  const slider = el("input", { type: "range", min: "0", max: String(shots.length - 1), step: "1", "aria-label": "Step of " + picture.name });
  slider.value = String(chosen < 0 ? shots.length - 1 : chosen);
  const show = () => {
    const shot = shots[Number(slider.value)];
    image.hidden = !shot.source;
    if (shot.source) image.src = shot.source;
    image.alt = shot.path;
    trouble.textContent = shot.trouble;
    trouble.hidden = !shot.trouble;
    label.textContent = shot.step === null ? shot.path : "step " + shot.step;
    slider.setAttribute("aria-valuetext", label.textContent);
  };
  slider.addEventListener("input", () => {
    const place = Number(slider.value);
    if (place === shots.length - 1) delete settings.shots[picture.name]; // the newest, also when more come
    else settings.shots[picture.name] = shots[place].step;
    remember();
    show();
  });
  show();
  return el(
    "figure",
    { class: "picture" },
    image,
    trouble,
    el("figcaption", {}, picture.name, ...(shots.length > 1 ? [slider, label] : []))
  );
}

let shownFigures = "";

function fillFigures() {
  const now = JSON.stringify(report.figures);
  if (now === shownFigures) return;
  shownFigures = now;
  for (const plot of plots.splice(0)) if (plot.plot) plot.plot.destroy();
  parts.plots.replaceChildren(...report.figures.map(figureNode));
}
