// The strip chart: scores of each class and the state, along the seam in mm where it is known, else along time.
// Knows canvas and cells; nothing of streams.

const BAND = 24, ROW = 24, GAP = 4, AXIS = 24, TOP = 12, RIGHT = 52;
const JOIN_S = 0.5; // cells further apart leave a gap: nobody looked there
const HEIGHTS = { idle: 0.2, good: 0.4, review: 0.7, unknown: 1, defect: 1 }; // never colour alone
const RANK = ["idle", "good", "review", "unknown", "defect"];
const FONT = "14px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";

/** Return the axis for some cells: `mm` only where every cell that matters is placed. */
export function axisOf(cells) {
  const placed = cells.filter((cell) => cell.to_mm !== null);
  if (placed.length && cells.every((cell) => cell.to_mm !== null || cell.state === "idle")) {
    const places = placed.flatMap((cell) => [cell.from_mm, cell.to_mm]);
    return { unit: "mm", ...spread(Math.min(...places), Math.max(...places), 10), of: (cell) => [cell.from_mm, cell.to_mm] };
  }
  const last = cells.at(-1)?.at ?? 0;
  const from = Math.min(cells[0]?.at ?? 0, last - 10);
  return { unit: "s", from, to: last, of: (cell) => [cell.at - 0.1, cell.at] };
}

const spread = (from, to, least) => ({ from, to: Math.max(to, from + least) });

/** Draw everything anew, for the canvas's width on the page. `view` has cells, events, labels and run id. */
export function drawStrip(canvas, view) {
  const labels = view.labels;
  const width = canvas.clientWidth;
  const height = TOP + BAND + GAP + labels.length * (ROW + GAP) + AXIS;
  const scale = window.devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.font = FONT;
  const axis = axisOf(view.cells);
  const left = Math.min(width * 0.34, Math.max(50, ...labels.map((label) => pen.measureText(label).width)) + 12);
  const inner = Math.max(1, width - left - RIGHT);
  const chart = {
    pen, axis, left, width, height, inner, colours: colours(),
    x: (value) => left + (inner * (value - axis.from)) / (axis.to - axis.from || 1),
  };
  drawRows(chart, view);
  drawBand(chart, view.cells);
  drawEvents(chart, view);
  drawAxis(chart);
  canvas.setAttribute("aria-label", described(view, axis));
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["accept", "review", "reject", "unknown", "unknown-dark", "idle", "ink", "ink-soft", "sunken", "bar", "line"];
  const token = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  return { ...token, good: token.accept, defect: token.reject };
}

const rowTop = (index) => TOP + BAND + GAP + index * (ROW + GAP);

/** The cells with their places on the canvas, each from where the one before it ends; what has no place is left out. */
function bars({ axis, x, left, inner }, cells) {
  return cells.flatMap((cell, index) => {
    const before = cells[index - 1];
    const joined = before && cell.at - before.at < JOIN_S ? axis.of(before)[1] : null;
    const [own, to] = axis.of(cell);
    if (own === null || to === null) return [];
    const from = joined ?? own;
    const start = Math.max(left, Math.min(x(from), x(to)) - 0.5);
    return [{ cell, start, wide: Math.min(left + inner - start, Math.max(1.5, Math.abs(x(to) - x(from)) + 1)) }];
  });
}

function drawRows(chart, { labels, cells }) {
  const { pen, left, inner, colours: ink, width } = chart;
  const drawn = bars(chart, cells);
  const last = cells.at(-1)?.scores ?? [];
  pen.textBaseline = "middle";
  label(chart, "state", TOP + BAND / 2);
  labels.forEach((name, index) => {
    const top = rowTop(index);
    pen.fillStyle = ink.sunken;
    pen.fillRect(left, top, inner, ROW);
    pen.fillStyle = ink.bar;
    for (const { cell, start, wide } of drawn) {
      const tall = ROW * (cell.scores[index] ?? 0);
      pen.fillRect(start, top + ROW - tall, wide, tall);
    }
    label(chart, name, top + ROW / 2);
    if (last[index] === undefined) return;
    pen.fillStyle = ink.ink;
    pen.textAlign = "right";
    pen.fillText(`${Math.round(100 * last[index])} %`, width, top + ROW / 2);
  });
}

function label({ pen, left, colours: ink }, text, middle) {
  pen.fillStyle = ink.ink;
  pen.textAlign = "left";
  let short = text;
  while (short.length > 3 && pen.measureText(short).width > left - 8) short = `${short.slice(0, -2)}…`;
  pen.fillText(short, 0, middle);
}

function drawBand(chart, cells) {
  const { pen, left, inner, colours: ink } = chart;
  pen.fillStyle = ink.sunken;
  pen.fillRect(left, TOP, inner, BAND);
  const hatch = hatched(pen, ink);
  const drawn = bars(chart, cells).sort((a, b) => RANK.indexOf(a.cell.state) - RANK.indexOf(b.cell.state));
  for (const { cell, start, wide } of drawn) {
    const tall = BAND * HEIGHTS[cell.state];
    pen.fillStyle = cell.state === "unknown" ? hatch : ink[cell.state === "idle" ? "ink-soft" : cell.state];
    pen.fillRect(start, TOP + BAND - tall, wide, tall);
  }
}

function hatched(pen, ink) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const brush = tile.getContext("2d");
  brush.fillStyle = ink.unknown;
  brush.fillRect(0, 0, 8, 8);
  brush.strokeStyle = "#3d3450";
  brush.lineWidth = 2;
  brush.beginPath();
  for (const shift of [-8, 0, 8]) {
    brush.moveTo(shift, 8);
    brush.lineTo(shift + 8, 0);
  }
  brush.stroke();
  return pen.createPattern(tile, "repeat");
}

/** A bracket over the stretch of each event of this run, and a box around it in its class's row. */
function drawEvents(chart, { events, labels, runId }) {
  const { pen, axis, x, left, inner, colours: ink } = chart;
  for (const event of events) {
    const [from, to] = axis.unit === "mm" ? [event.start.along_mm, event.end.along_mm] : [event.started_at, event.ended_at];
    if (event.run_id !== runId || from === null || to === null || Math.max(from, to) < axis.from) continue;
    const start = Math.max(left, Math.min(x(from), x(to)));
    const end = Math.min(left + inner, Math.max(x(from), x(to), start + 4));
    pen.fillStyle = pen.strokeStyle = ink.ink;
    pen.fillRect(start, TOP - 8, end - start, 3);
    pen.beginPath();
    pen.moveTo((start + end) / 2 - 5, TOP - 8);
    pen.lineTo((start + end) / 2 + 5, TOP - 8);
    pen.lineTo((start + end) / 2, TOP - 1);
    pen.fill();
    const row = labels.indexOf(event.label);
    pen.lineWidth = 2;
    if (row >= 0) pen.strokeRect(start, rowTop(row) + 1, end - start, ROW - 2);
  }
}

function drawAxis({ pen, axis, x, inner, height, colours: ink }) {
  const range = axis.to - axis.from;
  const raw = (range * 50) / inner || 1; // px between ticks
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * size).find((value) => value >= raw);
  pen.fillStyle = ink["ink-soft"];
  pen.textAlign = "center";
  const zero = axis.unit === "mm" ? 0 : axis.to;
  const first = Math.ceil((axis.from - zero) / step), last = Math.floor((axis.to - zero) / step + 1e-9);
  for (let index = first; index <= last; index += 1) {
    const value = index * step;
    const text = axis.unit === "s" && index === 0 ? "now" : `${Number(value.toPrecision(6))}`;
    pen.fillRect(x(zero + value), height - AXIS, 1, 5);
    pen.fillText(index === last && axis.unit === "mm" ? `${text} mm` : index === first && axis.unit === "s" ? `${text} s` : text,
      x(zero + value), height - AXIS / 2 + 3);
  }
}

function described({ cells, labels }, axis) {
  const where = axis.unit === "mm" ? `from ${axis.from.toFixed(0)} to ${axis.to.toFixed(0)} mm along the seam` : "of the last minute";
  const scores = cells.at(-1)?.scores ?? [];
  const now = labels.map((name, index) => `${name} ${Math.round(100 * (scores[index] ?? 0))} %`).join(", ");
  return `Strip chart of the state and of the score of each class, ${where}. Now: ${cells.at(-1)?.state ?? "nothing"}; ${now}.`;
}
