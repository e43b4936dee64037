// What the page knows: the report's data, and what the reader has set. The settings outlive a reload of the
// page, and a notebook's cell that is written anew, in the tab's session storage.

if (dvcliveProbe) return;

let text = document.getElementById("data").textContent;
let report = JSON.parse(text);

const settings = {
  x: "step", // or "time"
  smoothing: 0,
  logX: false,
  logY: false,
  theme: "", // "": the system's
  filter: "",
  zooms: {}, // chart and x axis -> [low, high]
  hidden: {}, // chart and series -> true
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

function remember() {
  try {
    sessionStorage.setItem(storageKey, JSON.stringify(settings));
  } catch (error) {
    // as above
  }
}

const darkSystem = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  return settings.theme ? settings.theme === "dark" : darkSystem.matches;
}
