// A heat map on a canvas: named rows, a column per character, and cells to point at by mouse, finger or keyboard.

const LEVELS = 11;
const STOPS = { // the palettes of tagger/visual/svg.py: s for 0 to 1, d for negative to positive
  s: { light: ["f4f2ec", "a9c8e4", "3f7fbf", "0b2a5c"], dark: ["1c1f26", "1f4f86", "5a9bdc", "e8f3ff"] },
  d: { light: ["7a2f00", "e79a4d", "f4f2ec", "6aa6d6", "0b3470"], dark: ["ffc58a", "b0651f", "1c1f26", "2a6cb3", "a9d5ff"] },
};
const CELL = 22, HEAD = 22, LEFT = 72;

function palette(kind, theme) {
  const stops = STOPS[kind][theme].map((stop) => [0, 2, 4].map((i) => parseInt(stop.slice(i, i + 2), 16)));
  return Array.from({ length: LEVELS }, (_, i) => {
    const place = (i / (LEVELS - 1)) * (stops.length - 1), low = Math.min(Math.floor(place), stops.length - 2);
    return `rgb(${stops[low].map((c, k) => Math.round(c + (stops[low + 1][k] - c) * (place - low))).join(" ")})`;
  });
}

const theme = () => (document.documentElement.dataset.theme === "dark" ? "dark" : "light");

/** A character as it can be shown: symbols for spaces and controls, combining marks on a dotted circle. */
export function makeVisible(char) {
  if (/^[\p{Z}\t]$/u.test(char)) return "␣";
  if (/^\p{M}$/u.test(char)) return `◌${char}`;
  return /^\p{C}$/u.test(char) ? "\ufffd" : char;
}

/** The colour bar of a scale, with the values at its ends. */
export function scaleElement(kind, largest) {
  const element = document.createElement("span"), bar = document.createElement("span");
  element.className = "scale";
  bar.append(...palette(kind, theme()).map((colour) => {
    const step = document.createElement("i");
    step.style.background = colour;
    return step;
  }));
  const format = (number) => Number(number.toPrecision(3)).toString().replace("-", "−");
  element.append(format(kind === "d" ? -largest : 0), bar, format(largest));
  return element;
}

/**
 * Draws `values[row][column]` (null: an empty cell). Returns the element; its method `point(row, column)` marks a cell.
 *
 * `marks[column]` is a row to outline. `onPoint(row, column)` is called when the reader points at a cell.
 */
export function drawHeatmap({ title, columns, rows, values, kind, largest, marks = [], rowHeight = 14, onPoint }) {
  const element = document.createElement("div"), canvas = document.createElement("canvas"), cursor = document.createElement("div");
  element.className = "map";
  element.tabIndex = 0;
  element.role = "application";
  element.ariaLabel = title;
  cursor.className = "cursor";
  cursor.hidden = true;
  element.append(canvas, cursor);
  paint(canvas, { columns, rows, values, kind, largest, marks, rowHeight });
  let current = [0, 0];
  element.point = (row, column) => {
    cursor.hidden = row === null;
    if (row === null) return;
    current = [row, column];
    cursor.style.left = `${LEFT + CELL * column - 1}px`;
    cursor.style.top = `${HEAD + rowHeight * row - 1}px`;
    cursor.style.width = `${CELL + 2}px`;
    cursor.style.height = `${rowHeight + 2}px`;
  };
  const go = (row, column) => {
    const inside = row >= 0 && row < rows.length && column >= 0 && column < columns.length;
    if (inside) onPoint(row, column);
    return inside;
  };
  const followPointer = (event) => {
    const box = canvas.getBoundingClientRect();
    go(Math.floor((event.clientY - box.top - HEAD) / rowHeight), Math.floor((event.clientX - box.left - LEFT) / CELL));
  };
  canvas.addEventListener("pointermove", followPointer);
  canvas.addEventListener("pointerdown", followPointer);
  element.addEventListener("focus", () => go(...current));
  element.addEventListener("keydown", (event) => {
    const [row, column] = current;
    const next = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      Home: [row, 0], End: [row, columns.length - 1], PageUp: [0, column], PageDown: [rows.length - 1, column],
    }[event.key];
    if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (go(...next)) cursor.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  return element;
}

/** Paints the names of columns and rows, the cells, and the outlines. */
function paint(canvas, { columns, rows, values, kind, largest, marks, rowHeight }) {
  const width = LEFT + CELL * columns.length + 2, height = HEAD + rowHeight * rows.length + 2;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const pen = canvas.getContext("2d"), style = getComputedStyle(document.documentElement), colours = palette(kind, theme());
  const ink = style.getPropertyValue("--ink"), font = getComputedStyle(document.body).fontFamily;
  pen.scale(ratio, ratio);
  pen.textBaseline = "middle";
  pen.textAlign = "center";
  pen.fillStyle = ink;
  pen.font = `15px ${font}`;
  columns.forEach((char, i) => pen.fillText(makeVisible(char), LEFT + CELL * (i + 0.5), HEAD / 2));
  pen.textAlign = "right";
  pen.fillStyle = style.getPropertyValue("--faint");
  pen.font = `11px ${font}`;
  const step = Math.max(1, Math.ceil(11 / rowHeight)); // names of low rows would overlap, so some are left out
  rows.forEach((name, i) => { if (i % step === 0) pen.fillText(name, LEFT - 6, HEAD + rowHeight * (i + 0.5), LEFT - 8); });
  values.forEach((row, y) => row.forEach((value, x) => {
    if (value === null) return;
    const share = kind === "s" ? value / largest : (value / largest + 1) / 2;
    pen.fillStyle = colours[Math.round(Math.min(1, Math.max(0, share)) * (LEVELS - 1))];
    pen.fillRect(LEFT + CELL * x, HEAD + rowHeight * y, CELL, rowHeight);
  }));
  pen.strokeStyle = style.getPropertyValue("--line");
  pen.strokeRect(LEFT, HEAD, CELL * columns.length, rowHeight * rows.length);
  pen.strokeStyle = ink;
  pen.lineWidth = 2;
  marks.forEach((row, x) => {
    if (row >= 0) pen.strokeRect(LEFT + CELL * x + 1, HEAD + rowHeight * row + 1, CELL - 2, rowHeight - 2);
  });
}
