// What stands along the axes of charts, and in which colours: values in, values out.

const LIGHT = ["#7b3fc4", "#c2410c", "#0e7490", "#3f7d0f", "#be123c", "#1d4ed8", "#854d0e", "#475569"];
const DARK = ["#b794f6", "#fb923c", "#22d3ee", "#86c94a", "#fb7185", "#7aa2ff", "#eab308", "#a3b3c9"];
const WHOLE = Array.from({ length: 46 }, (_, at) => [1, 2, 5][at % 3] * 10 ** Math.floor(at / 3));
const OF_TIME = [0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].concat(
  [1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60),
  [1, 2, 3, 6, 12, 24, 48, 120, 240, 720].map((hours) => hours * 3600)
); // distances between the marks of an axis
const FONT = "12px system-ui, sans-serif";

function colour(index) {
  const colours = isDark() ? DARK : LIGHT;
  return colours[index % colours.length];
}

function styleOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function axis(values, size) {
  const grid = { stroke: styleOf("--grid"), width: 1 };
  return { stroke: styleOf("--soft"), grid, ticks: grid, values, size, font: FONT };
}

/** Marks beside the axis, which is as wide as the longest of them. */
function upright(least) {
  const values = (_, splits) => splits.map((value) => (value === null ? "" : terse(value)));
  const size = (_, marks) => Math.max(least, 22 + 7 * Math.max(0, ...(marks || []).map((mark) => mark.length)));
  return axis(values, size);
}

/** The x axis of a choice: steps, seconds since the start, or the time of day. */
function across(choice) {
  if (choice === "clock") return { ...axis(undefined, 46), values: undefined };
  const said = choice === "time" ? duration : short;
  return {
    ...axis((_, splits) => splits.map((value) => (value === null ? "" : said(value))), 36),
    incrs: choice === "time" ? OF_TIME : WHOLE,
  };
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

/** The same as seconds since 1970. */
function clock(line) {
  const start = line.at ? report.started || line.at[0] : report.started;
  const found = moments(line);
  return found && found.map((seconds) => seconds + start / 1000);
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

/** What 98 of 100 of the values that are in view lie between. */
function bulk(plot, places) {
  const [from, to] = plot.series[0].idxs || [0, plot.data[0].length - 1];
  const values = [];
  for (const place of places) {
    if (!plot.series[place].show) continue;
    for (let at = from; at <= to; at += 1) {
      const value = plot.data[place][at];
      if (value !== null && value !== undefined) values.push(value);
    }
  }
  values.sort((one, other) => one - other);
  const cut = Math.floor(values.length / 100);
  return values.length ? [values[cut], values[values.length - 1 - cut]] : null;
}
