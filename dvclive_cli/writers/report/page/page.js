// What the page knows: the report's data, and what the reader has set. The settings outlive a reload of the
// page, and a notebook's cell that is written anew, in the tab's session storage.

if (dvcliveProbe) return;

let text = document.getElementById("data").textContent;
let report = JSON.parse(text);

const settings = {
  x: "step", // "time": since the start; "clock": the time of day
  smoothing: 0,
  logX: false,
  logY: false,
  bulk: false, // outliers do not count for the y axis
  together: false, // all charts zoom with one
  theme: "", // "": the system's
  filter: "",
  zooms: {}, // chart and x axis -> [low, high]
  hidden: {}, // chart and series -> true
  off: {}, // series, or compared run, that no chart shows -> true
  sorts: {}, // table -> [column, falling]
  allParams: false, // of compared runs also those that are the same in all
  wide: {}, // chart -> true
  shots: {}, // picture -> the step that is shown; none: the newest
  closed: {}, // section -> true
  scroll: 0,
};
const storageKey = "dvclive-report:" + location.pathname + ":" + report.key;

try {
  Object.assign(settings, JSON.parse(sessionStorage.getItem(storageKey) || "{}"));
} catch (error) {
  // storage is refused (a sandboxed frame): the settings last as long as the page
}

// What the reader looks at, as words of an address: `#view=...`. An address comes from anywhere: each part of
// a view has to look like one.
const number = (value) => Number.isFinite(value);
const yes = (value) => value === true;
const all = (test) => (value) => value !== null && typeof value === "object" && Object.values(value).every(test);
const VIEW = {
  x: (value) => ["step", "time", "clock"].includes(value),
  smoothing: (value) => number(value) && value >= 0 && value < 1,
  logX: (value) => typeof value === "boolean",
  logY: (value) => typeof value === "boolean",
  bulk: (value) => typeof value === "boolean",
  filter: (value) => typeof value === "string",
  zooms: all((value) => Array.isArray(value) && value.length === 2 && value.every(number)),
  sorts: all((value) => Array.isArray(value) && number(value[0])),
  hidden: all(yes),
  off: all(yes),
  wide: all(yes),
  shots: all(number),
};

function link() {
  const view = Object.fromEntries(Object.keys(VIEW).map((key) => [key, settings[key]]));
  return "#view=" + encodeURIComponent(JSON.stringify(view));
}

if (location.hash.startsWith("#view=")) {
  try {
    const view = JSON.parse(decodeURIComponent(location.hash.slice(6)));
    for (const [key, fits] of Object.entries(VIEW)) if (fits(view[key])) settings[key] = view[key];
  } catch (error) {
    // an address that was cut off: the page as it is
  }
}

function remember() {
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(settings));
  } catch (error) {
    // as above
  }
}

const darkSystem = matchMedia("(prefers-color-scheme: dark)");

let onPaper = false; // a printer's ink is dark, whatever the screen shows

function theme() {
  return onPaper ? "light" : settings.theme;
}

function isDark() {
  return theme() ? theme() === "dark" : darkSystem.matches;
}

function applyTheme() {
  if (theme()) document.documentElement.dataset.theme = theme();
  else delete document.documentElement.dataset.theme;
}
