// What all parts of the page draw with.

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** An element of the page. */
export const element = (name, attributes = {}, ...children) => filled(document.createElement(name), attributes, children);

/** An element of a picture. */
export const svg = (name, attributes = {}, ...children) =>
  filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

/** Listens to events. */
export function on(target, listeners) {
  for (const [event, listener] of Object.entries(listeners)) target.addEventListener(event, listener);
  return target;
}

/** What the engine said. */
export const parsed = (text) => JSON.parse(text) ?? {};

/** A number of the engine's: JSON has no NaN and no infinity, so these come as words. */
export const number = (value) => typeof value === "string" ? Number(value) : value;

/** A number to read. */
export function shown(value, digits = 4) {
  const x = number(value);
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  const round = Number(x.toPrecision(digits));
  // Zeros after the digits would look known.
  const text = Math.abs(round) >= 1e8 || (round !== 0 && Math.abs(round) < 1e-4) ? String(round.toExponential()) : String(round);
  return text.replace(/^-/, "−").replace("e-", "e−").replace("e+", "e");
}

/** Where an event is in a picture, in the units of its view box. */
export function place(event, picture) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
  return [at.x, at.y];
}

/** From numbers to places in a picture: `low` to `from`, `high` to `to`. */
export function scale([low, high], [from, to]) {
  const to_place = (value) => from + (to - from) * (value - low) / (high - low);
  to_place.back = (at) => low + (high - low) * (at - from) / (to - from);
  return to_place;
}

/** Round numbers between two: from one to six, whatever the two are. */
export function ticks([from, to], count = 5) {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  // The difference of two large numbers may be infinite.
  const rough = high / count - low / count;
  // So near to each other, or so small, doubles have no round numbers between them.
  if (!Number.isFinite(rough) || rough <= 1e-14 * Math.max(-low, high) || rough < 1e-300) return [Number.isFinite(low) ? low : 0];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5].map((factor) => factor * power).find((step) => step >= rough) ?? 10 * power;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, place) => (first + place) * step);
}

/** Ticks as they are read: with as many digits as tell each from the next. */
export function labels(ticks) {
  const largest = Math.max(...ticks.map(Math.abs));
  const needed = ticks.length > 1 && largest > 0 ? Math.ceil(Math.log10(largest / (ticks[1] - ticks[0]))) + 1 : 0;
  return ticks.map((tick) => shown(tick, Math.min(Math.max(needed, 4), 17)));
}

/** Axes with their numbers. */
export function axes(x, y, [x_range, y_range], [width, height]) {
  const lines = [];
  const [across, upwards] = [ticks(x_range), ticks(y_range)];
  labels(across).forEach((label, place) => {
    const tick = across[place];
    lines.push(svg("line", { class: Math.abs(tick) < 1e-12 ? "axis zero" : "axis", x1: x(tick), x2: x(tick), y1: 0, y2: height }));
    lines.push(svg("text", { x: x(tick) + 3, y: height - 5 }, label));
  });
  labels(upwards).forEach((label, place) => {
    const tick = upwards[place];
    lines.push(svg("line", { class: Math.abs(tick) < 1e-12 ? "axis zero" : "axis", x1: 0, x2: width, y1: y(tick), y2: y(tick) }));
    // In the corner stands the number of the other axis.
    if (y(tick) < height - 8) lines.push(svg("text", { x: 4, y: y(tick) - 4 }, label));
  });
  return lines;
}

const SHAPES = {
  line: (name) => svg("line", { class: name, x1: 1, x2: 23, y1: 7, y2: 7 }),
  dot: (name) => svg("circle", { class: name, cx: 12, cy: 7, r: 5 }),
  area: (name) => svg("rect", { class: name, x: 2, y: 1, width: 20, height: 12 }),
};

/** What the signs of a picture mean: each a shape with its class, and words. */
export function legend(place, entries) {
  place.replaceChildren(...entries.map(([shape, name, words]) => element("span", {},
    svg("svg", { viewBox: "0 0 24 14", "aria-hidden": "true" }, SHAPES[shape](name)), words)));
}

/** Makes one stop for the Tab key of many rows, between which the arrow keys go. */
export function roving(rows) {
  const to = (row) => {
    for (const other of rows) other.tabIndex = other === row ? 0 : -1;
  };
  rows.forEach((row, place) => on(row, {
    focus: () => to(row),
    keydown: (event) => {
      const next = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: rows.length - 1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      rows[Math.min(Math.max(next, 0), rows.length - 1)].focus();
    },
  }));
  if (rows.length) to(rows[0]);
}
