// The loss over two parameters: contours, θ to drag, and the ways down. Over a single parameter it is a curve.
import { axes, element, legend, number, on, parsed, place, scale, shown, svg } from "./draw.js";

const SIZE = [480, 380];
/** How many losses along each side: few while something is dragged, more when it rests. */
const COARSE = 22;
const FINE = 56;
/** How many losses a curve has. */
const ALONG = 161;
/** How many milliseconds the losses of a picture may take, as slow as the last one was. */
const PATIENCE = 1500;
const WAYS = { gradient: ["Gradient descent", "gradient-way"], newton: ["Newton", "newton"], lbfgs: ["L-BFGS", "lbfgs"] };

export class SurfacePlot {
  constructor(picture, image, visit) {
    Object.assign(this, { picture, image, visit, walks: new Map(), dragged: false, waiting: 0 });
    picture.setAttribute("viewBox", `0 0 ${SIZE.join(" ")}`);
    this.layers = ["g", "g", "g", "g"].map((name) => picture.appendChild(svg(name)));
    on(picture, {
      pointerdown: (event) => {
        // A finger beside θ scrolls the page, and a tap moves θ.
        if (event.pointerType !== "mouse" && !this.is_near(event)) return;
        this.dragged = true;
        picture.setPointerCapture(event.pointerId);
        this.drag(event);
      },
      pointermove: (event) => this.drag(event),
      pointerup: () => { this.dragged = false; },
      pointercancel: () => { this.dragged = false; },
      click: (event) => this.move_to(event),
      keydown: (event) => this.key(event),
    });
    picture.addEventListener("touchstart", (event) => { if (this.dragged) event.preventDefault(); }, { passive: false });
    for (const button of document.querySelectorAll("[data-way]")) on(button, { click: () => this.walk(button.dataset.way) });
    this.rate = document.getElementById("rate");
    on(this.rate, { input: () => { this.has_own_rate = true; this.say_rate(); if (this.walks.has("gradient")) this.walk("gradient"); } });
    this.go = on(document.getElementById("go"), { click: () => this.move_to_end() });
    this.say_rate();
  }

  say_rate() {
    document.getElementById("rate-value").textContent = shown(10 ** this.rate.valueAsNumber, 2);
  }

  /** Whether there is a single parameter, and a curve. */
  is_curve() {
    return this.visit.state.names.length === 1;
  }

  /** Whether an event is where θ is, as closely as a finger points. */
  is_near(event) {
    const [x, y] = place(event, this.picture);
    const [a, b] = this.at ?? [NaN, NaN];
    return Math.hypot(x - a, y - b) <= 26 * SIZE[0] / this.picture.getBoundingClientRect().width;
  }

  drag(event) {
    if (this.dragged) this.move_to(event);
  }

  move_to(event) {
    if (!this.x) return;
    const [x, y] = place(event, this.picture);
    this.set(this.x.back(x), this.y.back(y));
  }

  set(a, b) {
    const [first, second] = this.visit.state.state.axes;
    this.visit.engine.set_theta(first, a);
    if (second !== first) this.visit.engine.set_theta(second, b);
    this.visit.theta_changed();
  }

  key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const [low, high] = this.visit.state.window;
    const size = (event.shiftKey ? 0.05 : 0.005) * (high - low);
    const [a, b] = this.theta();
    this.set(a + step[0] * size, b + step[1] * size);
  }

  theta() {
    const { theta, axes: [a, b] } = this.visit.state.state;
    return [theta[a], theta[b]];
  }

  /** Another loss: the ways of the last one mean nothing. */
  forget() {
    this.has_own_rate = false;
    this.walks.clear();
    this.show_walks();
  }

  redraw() {
    this.draw(COARSE);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.draw(FINE), 60);
  }

  draw(most) {
    const is_drawn = this.is_curve() ? this.draw_curve() : this.draw_surface(most);
    if (!is_drawn) return;
    this.mark();
    this.show_walks();
  }

  draw_surface(most) {
    const side = Math.max(4, Math.min(most, Math.floor(Math.sqrt(PATIENCE / this.visit.pace))));
    const surface = parsed(this.visit.engine.surface(side));
    if (surface.mistake) return false;
    const { names, state: { axes: [a, b] } } = this.visit.state;
    this.frame(surface.window, [names[a], names[b]]);
    this.shade(surface);
    this.layers[1].replaceChildren(...surface.contours.map(({ level, segments }) => {
      const path = segments.map(([a, b, c, d]) =>
        `M${this.x(a).toFixed(1)} ${this.y(b).toFixed(1)}L${this.x(c).toFixed(1)} ${this.y(d).toFixed(1)}`).join("");
      return svg("path", { class: "contour", d: path }, svg("title", {}, `loss ${shown(level)}`));
    }));
    this.explain("Loss surface", ["line", "contour", "equal loss"], surface.values);
    return true;
  }

  draw_curve() {
    const count = Math.max(9, Math.min(ALONG, Math.floor(PATIENCE / this.visit.pace)));
    const { window, values, mistake } = parsed(this.visit.engine.profile(count));
    if (mistake || !values) return false;
    const [left, right] = window;
    this.frame(window, [this.visit.state.names[0], "loss"]);
    this.image.width = this.image.height = 1;
    const step = (right - left) / (values.length - 1);
    const losses = values.map(number);
    // Where the loss is no number the line is broken, and there the plane is shaded.
    let begins = true;
    const path = losses.map((loss, place) => {
      if (!Number.isFinite(loss)) { begins = true; return ""; }
      const part = `${begins ? "M" : "L"}${this.x(left + step * place).toFixed(1)} ${Math.min(Math.max(this.y(loss), -1e4), 1e4).toFixed(1)}`;
      begins = false;
      return part;
    }).join("");
    const missing = losses.flatMap((loss, place) => Number.isFinite(loss) ? []
      : [svg("rect", { class: "no-number", x: this.x(left + step * (place - 0.5)), width: this.x(left + step) - this.x(left), y: 0, height: SIZE[1] })]);
    this.layers[1].replaceChildren(...missing, svg("path", { class: "curve", d: path }));
    this.explain("Loss curve", ["line", "curve", "loss"], values);
    return true;
  }

  /** The axes of a window, and what they are. */
  frame([left, right, low, high], [across, upwards]) {
    const [width, height] = SIZE;
    this.x = scale([left, right], [0, width]);
    this.y = scale([low, high], [height, 0]);
    this.layers[0].replaceChildren(...axes(this.x, this.y, [[left, right], [low, high]], SIZE),
      svg("text", { x: width - 6, y: height - 20, "text-anchor": "end" }, `${across} →`), svg("text", { x: 6, y: 16 }, `↑ ${upwards}`));
    const what = this.is_curve() ? `The loss over ${across}: arrow keys move it, with Shift by larger steps`
      : "The loss over two parameters: arrow keys move θ, with Shift by larger steps";
    this.picture.setAttribute("aria-label", what);
  }

  /** The title, and what the signs mean. */
  explain(title, line, values) {
    const heading = document.getElementById("surface-title");
    if (heading.textContent !== title) heading.textContent = title;
    const is_whole = values.every((value) => Number.isFinite(number(value)));
    const entries = [["dot", "theta", "θ"], ["line", "gradient", "downhill: −gradient"], line, ...(is_whole ? [] : [["area", "no-number", "the loss is no number"]])];
    if (this.said === JSON.stringify(entries)) return;
    this.said = JSON.stringify(entries);
    legend(document.getElementById("surface-legend"), entries);
  }

  /** The loss as lightness: by rank, so that a valley shows whatever the heights around it. */
  shade({ side, values }) {
    const losses = values.map(number);
    const sorted = losses.filter(Number.isFinite).sort((a, b) => a - b);
    const rank = new Map(sorted.map((loss, place) => [loss, Math.sqrt(place / sorted.length)]));
    const style = getComputedStyle(document.documentElement);
    const [near, far, none] = ["--accent-soft", "--card", "--bad-soft"].map((name) => rgb(style.getPropertyValue(name)));
    const pixels = new ImageData(side, side);
    losses.forEach((loss, at) => {
      const share = rank.get(loss);
      const colour = share === undefined ? none : near.map((part, channel) => part + (far[channel] - part) * share);
      pixels.data.set([...colour, 255], 4 * ((side - 1 - Math.floor(at / side)) * side + at % side));
    });
    this.image.width = this.image.height = side;
    this.image.getContext("2d").putImageData(pixels, 0, 0);
  }

  /** Where a θ is in the picture. */
  place_of(theta, loss) {
    const { axes: [a, b] } = this.visit.state.state;
    return [this.x(number(theta[a])), this.y(number(this.is_curve() ? loss : theta[b]))];
  }

  /** θ, and the way down from it. */
  mark() {
    if (!this.x) return;
    const clamp = (value, most) => Math.min(Math.max(value, 6), most - 6);
    const { gradient = [], loss } = this.visit.results ?? {};
    const [x, y] = this.place_of(this.visit.state.state.theta, loss);
    // A loss that is no number has no height.
    this.at = [clamp(x, SIZE[0]), Number.isFinite(y) ? clamp(y, SIZE[1]) : SIZE[1] - 6];
    const [down, up] = this.downhill(gradient.map(number));
    const length = Math.hypot(down, up);
    const reach = arrow_length(length) / length;
    const arrow = length > 0 && [length, x, y].every(Number.isFinite)
      ? [svg("line", { class: "gradient", x1: x, y1: y, x2: x + down * reach, y2: y + up * reach })] : [];
    this.layers[3].replaceChildren(...arrow, svg("circle", { class: "theta", cx: this.at[0], cy: this.at[1], r: 8 }, svg("title", {}, "θ")));
  }

  /** The way down in pixels: against the gradient, or along the tangent of a curve. */
  downhill(gradient) {
    const { axes: [a, b] } = this.visit.state.state;
    const across = -gradient[a] / (this.x.back(1) - this.x.back(0)) || 0;
    if (this.is_curve()) return [across, across * gradient[a] * (this.y(1) - this.y(0)) / (this.x(1) - this.x(0))];
    return [across, -gradient[b] / (this.y.back(1) - this.y.back(0)) || 0];
  }

  /** The learning rate, unless the visitor has chosen one: with which the loss falls. */
  choose_rate() {
    const rate = this.has_own_rate ? null : parsed(this.visit.engine.rate());
    if (typeof rate !== "number") return;
    this.rate.value = rate;
    this.say_rate();
  }

  walk(way) {
    if (way === "gradient") this.choose_rate();
    const walk = parsed(this.visit.engine.walk(way, 10 ** this.rate.valueAsNumber));
    if (walk.mistake) return;
    this.walks.delete(way);
    this.walks.set(way, walk);
    this.show_walks();
  }

  /** The ways that are shown, from where θ is now, over the data as they are now. */
  walks_again() {
    for (const way of [...this.walks.keys()]) this.walk(way);
  }

  /** The end of the way that comes lowest, if one comes lower. */
  lowest() {
    const ends = [...this.walks.values()].filter(({ points, losses }) => points.length > 1 && number(losses.at(-1)) < number(losses[0]));
    const best = ends.reduce((best, walk) => (best && number(best.losses.at(-1)) <= number(walk.losses.at(-1)) ? best : walk), null);
    return best?.points.at(-1);
  }

  move_to_end() {
    this.lowest()?.forEach((value, place) => this.visit.engine.set_theta(place, number(value)));
    this.visit.theta_changed();
  }

  show_walks() {
    if (!this.x) return;
    const drawn = [...this.walks].flatMap(([way, { points, losses }]) => {
      const places = points.map((point, step) => this.place_of(point, losses[step])).filter((at) => at.every((part) => Math.abs(part) < 1e5));
      const name = WAYS[way][1];
      const line = places.map((at) => at.map((part) => part.toFixed(1)).join(" ")).join("L");
      return [svg("path", { class: `walk ${name}`, d: line ? `M${line}` : "" }), ...places.map(([cx, cy]) => svg("circle", { class: name, cx, cy, r: 3 }))];
    });
    this.layers[2].replaceChildren(...drawn);
    document.getElementById("walks").replaceChildren(...[...this.walks].map(([way, walk]) => {
      const steps = walk.points.length - 1;
      const text = `${WAYS[way][0]}: ${steps} step${steps === 1 ? "" : "s"}, loss ${shown(walk.losses.at(-1), 6)}; ${walk.end}`;
      return element("li", { class: WAYS[way][1] }, text);
    }));
    this.go.disabled = !this.lowest();
    const is_chosen = this.walks.has("gradient") && !this.has_own_rate;
    document.getElementById("rate-say").textContent = is_chosen ? "η is half of a step with which the loss still falls all the way. The slider takes another." : "";
  }
}

function arrow_length(length) {
  return 14 + 46 * length / (length + 5);
}

/** `#rrggbb` as numbers. */
function rgb(text) {
  const digits = text.trim().slice(1);
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
}
