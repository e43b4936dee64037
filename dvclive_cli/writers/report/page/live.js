// The page while the run goes on. It loads its newer self in a hidden frame, which hands over its data
// (probe.js), and takes these in where it stands: nothing is reloaded, and zoom, scroll and focus stay. A
// frame works from a disk too, where browsers refuse to fetch files. In a notebook the cell is written anew
// instead, and the settings come back from the session storage.

const EVERY = 3000; // milliseconds, and at least ten times what loading took
const PATIENCE = 30000;

function look() {
  if (!report.running || !/^(file|https?):$/.test(location.protocol)) return;
  if (document.hidden) {
    document.addEventListener("visibilitychange", look, { once: true });
    return;
  }
  const began = Date.now();
  const address = new URL(location.href);
  address.searchParams.set("dvclive", String(began)); // past caches, and not this page within itself
  address.hash = "dvclive-probe";
  const frame = el("iframe", { src: address.href, title: "The newer report", "aria-hidden": "true", tabindex: "-1" });
  frame.hidden = true;
  const done = () => {
    clearTimeout(limit);
    window.removeEventListener("message", take);
    frame.remove();
    setTimeout(look, Math.max(EVERY, 10 * (Date.now() - began)));
  };
  const take = (event) => {
    if (event.source !== frame.contentWindow || !event.data || typeof event.data.dvcliveReport !== "string") return;
    if (event.data.dvcliveReport !== text) {
      text = event.data.dvcliveReport;
      const newer = JSON.parse(text);
      const another = newer.key !== report.key;
      report = newer;
      if (another) settings.zooms = {}; // another run in the same place
      fill();
    }
    done();
  };
  const limit = setTimeout(done, PATIENCE);
  window.addEventListener("message", take);
  document.body.append(frame);
}

build();
darkSystem.addEventListener("change", redrawAll);
// On paper: all charts, in dark ink whatever the screen shows.
window.addEventListener("beforeprint", () => {
  for (const one of [...charts.values(), ...plots]) if (!one.seen) one.show();
  print(true);
});
window.addEventListener("afterprint", () => print(false));

function print(now) {
  const dark = isDark();
  onPaper = now;
  applyTheme();
  if (isDark() !== dark) redrawAll();
}
window.addEventListener("pagehide", () => {
  settings.scroll = window.scrollY;
  remember();
});
if (settings.scroll) window.scrollTo(0, settings.scroll);
setTimeout(look, EVERY);
