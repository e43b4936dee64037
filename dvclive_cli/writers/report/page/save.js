// What a reader takes away: a chart as a table or as a picture.

function download(name, blob) {
  const address = URL.createObjectURL(blob);
  const file = name.replace(/[^\p{L}\p{N}_.-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "") || "chart";
  const link = el("a", { href: address, download: file + (blob.type === "image/png" ? ".png" : ".csv") });
  document.body.append(link); // Firefox wants it in the page
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

/** Step by step the values of all lines, with the extremes of each stretch where points were joined. RFC 4180. */
function saveTable(chart) {
  const rows = new Map();
  const heads = ["step"];
  for (const line of chart.lines) {
    const columns = line.low ? [["", line.y], [" (lowest)", line.low], [" (highest)", line.high]] : [["", line.y]];
    for (const [what, values] of columns) {
      const seen = new Map();
      values.forEach((value, at) => {
        const step = line.x[at];
        const again = seen.has(step) ? seen.get(step) + 1 : 0; // a second value of a step takes a row of its own
        seen.set(step, again);
        const key = step + "|" + again;
        if (!rows.has(key)) rows.set(key, [step]);
        rows.get(key)[heads.length] = value;
      });
      heads.push(line.name + what);
    }
  }
  const cell = (value) => {
    if (value === undefined || value === null) return "";
    const said = String(value);
    return /[",\r\n]/.test(said) ? '"' + said.replace(/"/g, '""') + '"' : said;
  };
  const sorted = [...rows.values()].sort((one, other) => one[0] - other[0]);
  const table = [heads, ...sorted.map((row) => Array.from({ length: heads.length }, (_, at) => row[at]))];
  download(chart.title, new Blob([table.map((row) => row.map(cell).join(",") + "\r\n").join("")], { type: "text/csv" }));
}

/** The chart as it stands, with its title and the names of its lines. */
function savePicture(chart) {
  if (!chart.plot) return;
  const drawn = chart.plot.ctx.canvas;
  const scale = devicePixelRatio;
  const lines = chart.lines.filter((line) => chart.shows(line));
  const canvas = el("canvas", { width: drawn.width });
  canvas.height = drawn.height + (34 + 20 * lines.length + 10) * scale;
  const ink = canvas.getContext("2d");
  ink.fillStyle = styleOf("--card");
  ink.fillRect(0, 0, canvas.width, canvas.height);
  ink.fillStyle = styleOf("--text");
  ink.font = "600 " + 15 * scale + "px system-ui, sans-serif";
  ink.fillText(chart.title, 12 * scale, 22 * scale, canvas.width - 24 * scale);
  ink.drawImage(drawn, 0, 34 * scale);
  ink.font = 12 * scale + "px system-ui, sans-serif";
  lines.forEach((line, row) => {
    const top = drawn.height + (34 + 20 * row) * scale;
    ink.fillStyle = colour(line.colour === undefined ? chart.lines.indexOf(line) : line.colour);
    ink.fillRect(14 * scale, top + 4 * scale, 10 * scale, 10 * scale);
    ink.fillStyle = styleOf("--text");
    ink.fillText(line.name, 30 * scale, top + 13 * scale, canvas.width - 44 * scale);
  });
  canvas.toBlob((blob) => blob && download(chart.title, blob), "image/png");
}
