// Images: those of one name with a slider over its steps, and one slider for all of them.

const SMALL = 160; // pixels, up to which an image is shown in whole multiples of itself
let shownPictures = "";
const pictures = []; // {name, steps, to(step)}

function fillPictures() {
  const now = JSON.stringify(report.pictures);
  if (now !== shownPictures) {
    shownPictures = now;
    pictures.splice(0);
    const rows = new Map(); // the same picture of several runs: side by side
    for (const picture of report.pictures) rows.set(picture.row, [...(rows.get(picture.row) || []), picture]);
    parts.images.replaceChildren(
      ...[...rows].map(([name, own]) =>
        el("div", { class: "row" }, name ? el("h3", {}, name) : "", el("div", { class: "pictures" }, ...own.map(pictureNode)))
      )
    );
    const steps = [...new Set(pictures.flatMap((one) => one.steps))].sort((one, other) => one - other);
    if (pictures.filter((one) => one.steps.length > 1).length > 1) parts.images.prepend(commonSlider(steps));
  }
  showFilteredPictures();
}

function showFilteredPictures() {
  for (const one of pictures) one.node.hidden = !wanted(one.name);
  for (const row of document.querySelectorAll(".row")) row.hidden = !row.querySelector(".picture:not([hidden])");
}

/** Moves every picture to the newest of its images that is no later than a step. */
function commonSlider(steps) {
  const slider = el("input", { type: "range", min: "0", max: String(steps.length - 1), step: "1", "aria-label": "Step of all images" });
  const label = el("output", {});
  const say = () => {
    const step = steps[Number(slider.value)];
    label.textContent = "step " + step;
    slider.setAttribute("aria-valuetext", label.textContent);
    return step;
  };
  slider.value = String(steps.length - 1);
  slider.addEventListener("input", () => {
    const step = say();
    for (const one of pictures) one.to(step);
  });
  say();
  return el("label", { class: "common" }, "All at ", slider, " ", label);
}

function pictureNode(picture) {
  const shots = picture.shots;
  const chosen = shots.findIndex((shot) => shot.step === settings.shots[picture.name]);
  const image = el("img", {});
  const trouble = el("p", { class: "note" });
  const label = el("output", {});
  const slider = el("input", { type: "range", min: "0", max: String(shots.length - 1), step: "1", "aria-label": "Step of " + picture.name });
  slider.value = String(chosen < 0 ? shots.length - 1 : chosen);
  image.addEventListener("load", () => {
    const wide = image.naturalWidth;
    const times = Math.max(wide, image.naturalHeight) <= SMALL ? Math.max(1, Math.floor(240 / wide)) : 1;
    image.classList.toggle("small", times > 1);
    image.style.width = times > 1 ? wide * times + "px" : "";
  });
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
  const moved = () => {
    const place = Number(slider.value);
    if (place === shots.length - 1) delete settings.shots[picture.name]; // the newest, also when more come
    else settings.shots[picture.name] = shots[place].step;
    remember();
    show();
  };
  slider.addEventListener("input", moved);
  show();
  const several = shots.length > 1;
  const node = el("figure", { class: "picture" }, image, trouble, el("figcaption", {}, el("span", {}, picture.of || picture.name), ...(several ? [slider, label] : [])));
  pictures.push({
    name: picture.name,
    node,
    steps: shots.map((shot) => shot.step).filter((step) => step !== null),
    to: (step) => {
      const later = shots.findIndex((shot) => shot.step > step);
      slider.value = String(Math.max(0, (later < 0 ? shots.length : later) - 1));
      moved();
    },
  });
  return node;
}
