// The data: points to drag, and the curve that is fitted to them.
import { axes, legend, number, on, parsed, place, scale, shown, svg } from "./draw.js";

const SIZE = [560, 380];
const CLASSES = ["", "one", "two"];

export class DataPlot {
  constructor(picture, visit) {
    this.picture = picture;
    this.visit = visit;
    this.dragged = null;
    /** Where the keys go on while no point is chosen. */
    this.near = 0;
    picture.setAttribute("viewBox", `0 0 ${SIZE.join(" ")}`);
    this.layers = ["g", "g", "g"].map((name) => picture.appendChild(svg(name)));
    on(picture, {
      pointerdown: (event) => this.take(event),
      pointermove: (event) => this.drag(event),
      pointerup: () => { this.dragged = null; },
      pointercancel: () => { this.dragged = null; },
      keydown: (event) => this.key(event),
      dblclick: (event) => this.add(...this.at(event)),
    });
    // A finger beside the points scrolls the page.
    picture.addEventListener("touchstart", (event) => { if (this.dragged !== null) event.preventDefault(); }, { passive: false });
  }

  /** Where an event is, as data. */
  at(event) {
    const [x, y] = place(event, this.picture);
    return [this.x.back(x), this.y.back(y)];
  }

  take(event) {
    const row = event.pointerType === "mouse" ? Number(event.target.dataset?.row ?? NaN) : this.nearest(event);
    if (Number.isNaN(row)) return;
    this.dragged = row;
    this.picture.setPointerCapture(event.pointerId);
    this.visit.choose_row(row);
  }

  /** The point under a finger, which covers more than a point. */
  nearest(event) {
    const [x, y] = place(event, this.picture);
    const reach = 22 * SIZE[0] / this.picture.getBoundingClientRect().width;
    const distances = this.visit.state.state.points.map((point) => Math.hypot(this.x(point[0]) - x, this.y(point[1]) - y));
    const least = Math.min(...distances);
    return least <= reach ? distances.indexOf(least) : NaN;
  }

  drag(event) {
    if (this.dragged !== null) this.move(this.dragged, ...this.at(event));
  }

  /** A point that is moved stays in the picture, where it can be taken again. */
  move(row, x, y) {
    const [left, right, low, high] = this.visit.state.model.window;
    this.visit.engine.move_point(row, Math.min(Math.max(x, left), right), Math.min(Math.max(y, low), high));
    this.visit.data_changed();
  }

  add(x, y) {
    this.visit.engine.add_point(x, y);
    this.visit.row = this.visit.state.state.points.length;
    this.visit.refresh();
  }

  /** Removes the point that is chosen. The keys go on beside it. */
  remove() {
    const { row } = this.visit;
    const before = this.visit.state.state.points.length;
    if (row === null || before === 1) return;
    this.visit.engine.remove_point(row);
    this.removed = { left: before - 1, words: `point ${row + 1} is removed, ${before - 1} are left` };
    this.near = Math.max(row - 1, 0);
    this.visit.row = null;
    this.visit.refresh();
  }

  key(event) {
    const { points } = this.visit.state.state;
    const row = this.visit.row ?? Math.min(this.near, points.length - 1);
    const { response, window } = this.visit.state.model;
    const step = (event.shiftKey ? 0.05 : 0.01) * (window[1] - window[0]);
    const up = response === "number" ? step : 1;
    const [x, y] = points[row];
    const actions = {
      ArrowLeft: () => this.move(row, x - step, y),
      ArrowRight: () => this.move(row, x + step, y),
      ArrowUp: () => this.move(row, x, y + up),
      ArrowDown: () => this.move(row, x, y - up),
      PageUp: () => this.visit.choose_row((row + 1) % points.length),
      PageDown: () => this.visit.choose_row(this.visit.row === null ? row : (row + points.length - 1) % points.length),
      Insert: () => this.add((window[0] + window[1]) / 2, y),
      Delete: () => this.remove(),
      Escape: () => { this.near = row; this.visit.choose_row(null); },
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    if (this.visit.row === null && event.key.startsWith("Arrow")) this.visit.row = row;
    action();
  }

  draw() {
    const { state, model } = this.visit.state;
    const [left, right, low, high] = model.window;
    const [width, height] = SIZE;
    this.x = scale([left, right], [0, width]);
    this.y = scale([low, high], [height, 0]);
    if (this.model !== model.id) {
      this.model = model.id;
      this.layers[0].replaceChildren(...axes(this.x, this.y, [[left, right], [low, high]], SIZE));
    }
    this.curves(model.response === "class");
    this.points(state.points, model.response);
    document.getElementById("point").textContent = this.spoken(state.points);
  }

  points(points, response) {
    const layer = this.layers[2];
    while (layer.children.length > points.length) layer.lastChild.remove();
    while (layer.children.length < points.length) layer.append(svg("circle", { r: 6, "data-row": layer.children.length }));
    const named = response === "binary" || response === "class";
    points.forEach(([x, y], row) => {
      const dot = layer.children[row];
      dot.setAttribute("cx", this.x(x).toFixed(1));
      dot.setAttribute("cy", this.y(y).toFixed(1));
      dot.setAttribute("class", `dot ${named ? CLASSES[y] ?? "" : ""}${row === this.visit.row ? " chosen" : ""}`);
    });
  }

  /** The fitted curve; of classes, one for each, on a scale of its own from 0 to 1. */
  curves(classes) {
    const curve = parsed(this.visit.engine.curve(81));
    const lines = (curve.y ?? []).map((values, place) => {
      const height = (value) => classes ? this.y(2 * value) : this.y(value);
      const points = curve.x.map((x, at) => [this.x(x), height(number(values[at]))]).filter(([, y]) => Number.isFinite(y));
      const line = points.map(([x, y]) => `${x.toFixed(1)} ${Math.min(Math.max(y, -1e4), 1e4).toFixed(1)}`).join("L");
      return svg("path", { class: `curve ${curve.y.length > 1 ? CLASSES[place] ?? "" : ""}`, d: line ? `M${line}` : "" });
    });
    this.layers[1].replaceChildren(...lines);
    this.explain(curve);
  }

  /** What the points and the curves are. */
  explain(curve) {
    const { response } = this.visit.state.model;
    const values = { binary: [0, 1], class: [0, 1, 2] }[response] ?? [];
    const points = values.length ? values.map((y) => ["dot", `dot ${CLASSES[y]}`, `y = ${y}`]) : [["dot", "dot", "(x, y)"]];
    const columns = curve.y?.length ?? 0;
    const lines = (curve.y ?? []).map((_, place) => columns > 1
      ? ["line", `curve ${CLASSES[place] ?? ""}`, `${curve.name}[${place}]`] : ["line", "curve", curve.name]);
    const said = JSON.stringify([points, lines]);
    if (this.said !== said) legend(document.getElementById("data-legend"), [...points, ...lines]);
    this.said = said;
  }

  spoken(points) {
    const { row } = this.visit;
    if (row === null && this.removed?.left === points.length) return this.removed.words;
    if (row === null || !points[row]) return "Drag a point. A double click or tap adds one.";
    const [x, y] = points[row];
    return `point ${row + 1} of ${points.length}: x = ${shown(x)}, y = ${shown(y)}`;
  }
}
