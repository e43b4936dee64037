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
const timeChoices = [el("option", { value: "time" }, "time since start"), el("option", { value: "clock" }, "time of day")];
const tables = {
  metrics: new Table("Metrics", true),
  params: new Table("Params", true),
  system: new Table("System metrics", true),
  about: new Table("About this run", false),
};
const output = el("pre", { tabindex: "0", "aria-label": "Last lines of output" });
const noMatch = el("p", { class: "note", hidden: true }, "Nothing has such a name.");
const FEW = 12; // charts that need no groups

/** Sets one of the settings; `again`: charts are drawn anew. */
function setting(name, value, again) {
  settings[name] = value;
  remember();
  if (again) redrawAll();
}

function toolbar() {
  const x = el("select", { onchange: () => setting("x", x.value, true) }, el("option", { value: "step" }, "step"), ...timeChoices);
  x.value = settings.x;
  const smooth = el("input", { type: "range", min: "0", max: "0.99", step: "0.01", value: String(settings.smoothing) });
  const amount = el("output", {}, String(settings.smoothing));
  smooth.addEventListener("input", () => {
    amount.textContent = smooth.value;
    setting("smoothing", Number(smooth.value), true);
  });
  const check = (name, said, title) => {
    const box = el("input", { type: "checkbox", checked: settings[name], onchange: () => setting(name, box.checked, name !== "together") });
    return el("label", { title }, box, " " + said);
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
    check("logY", "log y"),
    check("logX", "log x"),
    check("bulk", "no outliers", "The y axis spans 98 of 100 values in view"),
    check("together", "zoom together", "All charts show the stretch that one is zoomed to"),
    el("label", {}, "Find ", filter)
  );
}

function themeButton() {
  const names = { "": "Theme: system", light: "Theme: light", dark: "Theme: dark" };
  const next = { "": "light", light: "dark", dark: "" };
  const button = el("button", { type: "button", class: "theme" });
  const apply = () => {
    applyTheme();
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

function linkButton() {
  const button = el("button", { type: "button", title: "An address that opens the page as it stands now" }, "Copy link");
  button.hidden = !/^(file|https?):$/.test(location.protocol);
  button.addEventListener("click", async () => {
    const hash = link();
    try {
      await navigator.clipboard.writeText(location.href.split("#")[0] + hash);
      button.textContent = "Link copied";
    } catch (error) {
      location.hash = hash; // no clipboard for this page
      button.textContent = "Link is in the address bar";
    }
    setTimeout(() => (button.textContent = "Copy link"), 3000);
  });
  return button;
}

/** In a comparison: the runs, with their colours; each can be left out of all charts. */
function runsList() {
  return el(
    "ul",
    { class: "legend runs", "aria-label": "Runs" },
    ...(report.runs || []).map((name, index) => {
      const mark = el("span", { class: "mark", "aria-hidden": "true" });
      const button = el("button", { type: "button", "aria-pressed": String(!settings.off[name]) }, mark, name);
      button.addEventListener("click", () => {
        if (settings.off[name]) delete settings.off[name];
        else settings.off[name] = true;
        button.setAttribute("aria-pressed", String(!settings.off[name]));
        remember();
        for (const chart of charts.values()) chart.showLines();
      });
      recolour.push(() => (mark.style.background = colour(index)));
      return el("li", {}, button);
    })
  );
}
const recolour = []; // what to do when the theme changes

function build() {
  const main = el("main", { id: "main" });
  if (report.status.kind === "bad") sections.sort(([one], [other]) => (other === "output") - (one === "output")); // why
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
  parts.charts.before(toolbar(), ...(report.runs ? [runsList()] : []), noMatch);
  parts.system.after(tables.system.node);
  for (const key of ["metrics", "params", "about"]) parts[key].append(tables[key].node);
  if (report.differing !== undefined) parts.params.prepend(allParams());
  parts.charts.append(plainCharts);
  parts.output.append(output);
  document.body.append(
    el("a", { href: "#main", class: "skip" }, "Skip to the report"),
    el("header", {}, el("div", { class: "heading" }, el("h1", {}, report.title), badge, el("span", { class: "actions" }, linkButton(), themeButton())), facts, notes, links),
    main
  );
  recolour.forEach((one) => one());
  fill();
  output.scrollTop = output.scrollHeight;
}

/** In a comparison the params that differ are seen first; the others on request. */
function allParams() {
  const box = el("input", { type: "checkbox", checked: settings.allParams, onchange: () => {
    setting("allParams", box.checked);
    fillParams();
  } });
  const same = report.params.length - report.differing;
  return el("label", { class: "note", hidden: !same }, box, " also those that are the same in all (" + same + ")");
}

function fillParams() {
  const some = report.differing !== undefined && !settings.allParams;
  tables.params.fill(report.heads ? report.heads.params : ["param", "value"], some ? report.params.slice(0, report.differing) : report.params);
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
  for (const choice of timeChoices) choice.disabled = report.pace[0].length < 2 && !report.lines.some((line) => line.at);
  fillCharts();
  const ofSystem = (row) => row[0].startsWith("system/");
  const heads = report.heads ? report.heads.metrics : ["metric", "last", "best", "at step", "lowest", "highest", "points"];
  const metrics = report.metrics.filter((row) => !ofSystem(row));
  tables.metrics.fill(heads, metrics);
  const system = report.metrics.filter(ofSystem).map(([name, last, , , ...rest]) => [name, last, ...rest]);
  tables.system.fill(["metric", "last", "lowest", "highest", "points"], system);
  fillParams();
  tables.about.fill(report.heads ? report.heads.facts : ["", ""], report.facts);
  const atEnd = output.scrollTop + output.clientHeight >= output.scrollHeight - 4;
  if (output.textContent !== report.tail) output.textContent = report.tail;
  if (atEnd) output.scrollTop = output.scrollHeight;
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
  const places = chartGroups();
  for (const spec of report.charts) {
    let chart = charts.get(spec.title);
    if (chart) chart.take(spec);
    else {
      charts.set(spec.title, (chart = new Chart(spec)));
      inView.observe(chart.node);
      sized.observe(chart.node);
    }
    const place = spec.system ? parts.system : places.get(spec.title);
    if (chart.node.parentNode !== place) place.append(chart.node);
  }
  for (const [name, group] of groups) {
    if (!group.body.childElementCount) {
      group.node.remove();
      groups.delete(name);
    }
  }
  showFiltered();
}

const groups = new Map(); // name -> {node, body, count}

/** Where each chart stands. Many charts stand in groups: those whose names begin alike. */
function chartGroups() {
  const own = report.charts.filter((spec) => !spec.system);
  const members = new Map();
  if (own.length > FEW) for (const { title, group } of own) members.set(group, [...(members.get(group) || []), title]);
  const found = new Map(own.map(({ title }) => [title, plainCharts]));
  for (const [name, titles] of members) {
    if (!name || titles.length < 2) continue;
    if (!groups.has(name)) groups.set(name, chartGroup(name));
    const group = groups.get(name);
    group.count.textContent = titles.length + " charts";
    for (const title of titles) found.set(title, group.body);
  }
  return found;
}

const plainCharts = el("div", { class: "grid" });

function chartGroup(name) {
  const body = el("div", { class: "grid" });
  const count = el("span", { class: "note" });
  const key = "group " + name;
  const node = el("details", { class: "group", open: !settings.closed[key] }, el("summary", {}, el("h3", {}, name), " ", count), body);
  node.addEventListener("toggle", () => {
    if (node.open) delete settings.closed[key];
    else settings.closed[key] = true;
    remember();
  });
  parts.charts.append(node);
  return { node, body, count };
}

function showFiltered() {
  let any = false;
  for (const chart of charts.values()) {
    chart.node.hidden = !wanted(chart.title, ...chart.lines.map((line) => line.name));
    any = any || !chart.node.hidden;
  }
  for (const { node, body } of groups.values()) node.hidden = [...body.children].every((one) => one.hidden);
  for (const key of ["metrics", "params", "system"]) if (tables[key].rows) tables[key].show();
  for (const node of parts.plots.children) node.hidden = !wanted(node.querySelector("h3").textContent);
  showFilteredPictures();
  const rows = [...document.querySelectorAll(".metrics tbody tr, .params tbody tr, .picture:not([hidden]), .plots > :not([hidden])")];
  noMatch.hidden = any || !settings.filter || rows.length > 0;
}

let shownFigures = "";

function fillFigures() {
  const now = JSON.stringify(report.figures);
  if (now === shownFigures) return;
  shownFigures = now;
  for (const plot of plots.splice(0)) if (plot.plot) plot.plot.destroy();
  parts.plots.replaceChildren(...report.figures.map(figureNode));
  showFiltered();
}
