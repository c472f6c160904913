// The page: draws what the engine computes and tells it what the visitor does. Nothing is computed here but pixels.
import init, { Playground } from "./playground.js";
import { Address } from "./address.js";
import { DataPlot } from "./data.js";
import { Derivation } from "./derivation.js";
import { SurfacePlot } from "./surface.js";
import { Tape } from "./tape.js";
import { Exercises } from "./exercises.js";
import { element, number, on, parsed, shown, svg } from "./draw.js";

await init({ module_or_path: "playground_bg.wasm" });
const catalogue = JSON.parse(Playground.catalogue());
const find = (id) => document.getElementById(id);

/** Shows whether a model is chosen; where they stand in one row, brings it into view. */
function press(button, isPressed) {
  if (String(isPressed) === button.getAttribute("aria-pressed")) return;
  button.setAttribute("aria-pressed", String(isPressed));
  const row = button.parentElement;
  if (isPressed) row.scrollLeft = button.offsetLeft - (row.clientWidth - button.offsetWidth) / 2;
}

/** A visit: the engine, and which part of the page shows what. */
const visit = {
  engine: null,
  state: null,
  /** The chosen point, or null. */
  row: null,
  /** The loss whose derivation is shown. */
  derived: null,
  /** How many milliseconds the loss and its gradient took. */
  pace: 0,
  refresh,
  data_changed,
  theta_changed,
  choose_row,
};
const data = new DataPlot(find("data-plot"), visit);
const surface = new SurfacePlot(find("surface-plot"), find("surface-image"), visit);
const tape = new Tape(visit);
const derivation = new Derivation(visit, tape);
const address = new Address(visit, arrive);
const exercises = new Exercises(find("exercise-list"), catalogue.exercises, visit);

/** Everything anew: another address. Where its loss can't be read, there is the model's to be seen. */
function arrive() {
  visit.engine = new Playground(location.hash);
  visit.row = null;
  const { state, model, mistake, refused } = JSON.parse(visit.engine.state());
  address.arrive(refused);
  if (mistake) {
    visit.engine.set_text(model.text);
    refresh();
    visit.engine.set_text(state.text);
  }
  refresh();
}

/** Everything anew: another text or model. */
function refresh() {
  visit.state = JSON.parse(visit.engine.state());
  const { state, model, mistake } = visit.state;
  exercises.forget();
  if (find("loss-text").value !== state.text) find("loss-text").value = state.text;
  for (const button of find("models").children) press(button, button.dataset.model === model.id);
  find("remark").textContent = state.text === model.text ? model.remark : visit.state.remark;
  // Addresses and double clicks may give more points than the slider has by itself.
  find("count").max = Math.max(find("count").max, state.points.length);
  find("count").value = state.points.length;
  find("count-value").textContent = state.points.length;
  find("mistake").replaceChildren();
  if (mistake) {
    find("mistake").append(mistake.message, ...(mistake.hint ? ["; ", element("small", {}, mistake.hint)] : []));
  }
  find("loss-text").setAttribute("aria-invalid", String(Boolean(mistake)));
  mark(mistake ? [[mistake.span, "wrong"]] : []);
  document.body.classList.toggle("broken", Boolean(mistake));
  // What is shown belongs to the last loss that could be read, and stays so.
  for (const section of document.querySelectorAll("main > section:not(#loss, #exercises)")) section.inert = Boolean(mistake);
  if (mistake) return address.keep();
  visit.row = visit.row !== null && visit.row < state.points.length ? visit.row : null;
  parameters();
  axes();
  tape.draw();
  surface.forget();
  data_changed();
}

/** The data moved: the surface is another. */
function data_changed() {
  measured(() => { follow(); surface.redraw(); });
  later(() => {
    slowly();
    // Ways over other data are none over these.
    if (visit.pace <= SLOW) surface.walks_again();
    else surface.forget();
  });
}

/** The parameters moved: at once what is near, the rest when there is time. */
function theta_changed() {
  measured(follow);
  later(slowly);
}

/** What follows every movement. */
function follow() {
  const { state, notice } = JSON.parse(visit.engine.state());
  visit.state.state = state;
  exercises.forget();
  if (find("notice").textContent !== notice) find("notice").textContent = notice;
  numbers();
  data.draw();
  surface.mark();
  tape.values();
  trouble();
}

/** The slowest loss, in milliseconds, of which tables of many values are made. */
const SLOW = 20;

/** What is looked at when the movement is over. */
function slowly() {
  const { text } = visit.state.state;
  if (visit.derived !== text) derivation.draw();
  visit.derived = text;
  for (const [id, work] of [["check", check], ["tails", tails]]) unless_slow(find(id), work);
  address.keep();
}

/** Fills a section that needs the loss hundreds of times: at once, or, if that takes long, when the visitor asks for it. */
function unless_slow(section, work) {
  const is_slow = visit.pace > SLOW;
  section.classList.toggle("waits", is_slow);
  section.querySelector(".slow")?.remove();
  if (!is_slow) return work();
  const ask = on(element("button", { type: "button" }, "Compute it"), {
    click: () => { section.classList.remove("waits"); section.querySelector(".slow").remove(); work(); },
  });
  section.append(element("p", { class: "slow" }, `This loss takes ${Math.round(visit.pace)} ms, and this needs it some hundred times. `, ask));
}

/** Does the work of a drag, and notes how long it took. */
function measured(work) {
  const start = performance.now();
  work();
  performance.measure("drag", { start, end: performance.now() });
}

let waiting = 0;
/** Runs `work` when nothing has changed for a moment. */
function later(work) {
  clearTimeout(waiting);
  waiting = setTimeout(work, 80);
}

function choose_row(row) {
  visit.row = row;
  data.draw();
  tape.values();
}

/** Another model: the way back leads to what was seen before. */
function choose(id) {
  if (visit.state.model.id === id && visit.engine.fragment() === `model=${id}`) return;
  clearTimeout(waiting);
  address.leave();
  visit.engine.choose(id);
  visit.row = null;
  address.keep();
  refresh();
}

function numbers() {
  const start = performance.now();
  const results = parsed(visit.engine.results());
  visit.pace = performance.now() - start;
  visit.results = results;
  if (results.mistake) return;
  find("loss-value").textContent = exact(results.loss);
  [...find("parameters").children].forEach((row, place) => {
    const value = visit.state.state.theta[place];
    // What is being typed stays as it is.
    const field = row.querySelector("input[type=number]");
    if (document.activeElement !== field) field.value = String(+value.toPrecision(6));
    row.querySelector("input[type=range]").value = value;
    row.lastChild.textContent = exact(results.gradient[place]);
  });
}

/** A number with all its digits. */
function exact(value) {
  const x = number(value);
  return Number.isFinite(x) ? String(x) : shown(x);
}

/** Says in words that something isn't finite, and which node of the tape is the first. */
function trouble() {
  const { loss, gradient = [] } = visit.results ?? {};
  const finite = (value) => Number.isFinite(number(value));
  const place = gradient.findIndex((value) => !finite(value));
  const name = finite(loss) ? place < 0 ? null : `∂loss/∂${visit.state.names[place]}` : "The loss";
  const value = shown(finite(loss) ? gradient[place] : loss);
  const first = name && parsed(finite(loss) ? visit.engine.gradient_trouble() : visit.engine.trouble());
  const words = name && `${name} is ${value === "NaN" ? "not a number" : value} here${first ? `: look at ${first.node} on the tape. ${first.reason}` : "."}`;
  if (find("trouble").textContent !== (words ?? "")) find("trouble").textContent = words ?? "";
}

function parameters() {
  const rows = visit.state.names.map((name, place) => {
    const [low, high] = visit.state.window;
    const set = (event) => {
      const value = event.target.valueAsNumber;
      if (Number.isFinite(value)) {
        visit.engine.set_theta(place, value);
        theta_changed();
        const held = visit.state.state.theta[place];
        if (held !== value) event.target.value = held;
      }
    };
    const range = element("input", { type: "range", min: low, max: high, step: (high - low) / 400, "aria-label": `${name}, coarsely` });
    const field = element("input", { type: "number", step: "any", "aria-label": name });
    // What is written and is no number is spoken of when it is left; an empty field is not.
    const left = () => {
      if (!field.validity.badInput) return numbers();
      visit.engine.set_theta(place, NaN);
      theta_changed();
    };
    on(range, { input: set });
    on(field, { input: set, blur: left, keydown: (event) => { if (event.key === "Enter") field.blur(); } });
    return element("tr", {}, element("td", {}, name), element("td", {}, field, " ", range), element("td", { class: "derivative" }));
  });
  find("parameters").replaceChildren(...rows);
}

function axes() {
  const { names, state } = visit.state;
  for (const [id, chosen] of [["axis-a", state.axes[0]], ["axis-b", state.axes[1]], ["tail-axis", Math.min(find("tail-axis").selectedIndex, names.length - 1)]]) {
    find(id).replaceChildren(...names.map((name, place) => element("option", { value: place }, name)));
    find(id).selectedIndex = Math.max(chosen, 0);
  }
  find("axes").hidden = names.length < 3;
}

function look(factor = 1) {
  const { state } = visit.state;
  visit.engine.look_at(find("axis-a").selectedIndex, find("axis-b").selectedIndex, state.zoom * factor);
  refresh();
}

/** Underlines parts of the loss. */
function mark(marks) {
  const text = find("loss-text").value;
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  const part = (start, end) => decoder.decode(bytes.slice(start, end));
  const pieces = [];
  let from = 0;
  for (const [{ start, end }, name] of marks) {
    pieces.push(part(from, start), element("span", { class: name }, part(start, end) || " "));
    from = Math.max(from, end);
  }
  find("loss-marks").replaceChildren(...pieces, part(from, bytes.length), "\n");
}
visit.mark = mark;

function check() {
  const checked = parsed(visit.engine.check());
  find("not-checked").textContent = checked.mistake ? `${checked.mistake.message}.` : "";
  find("check").classList.toggle("empty", Boolean(checked.mistake));
  if (checked.mistake) return find("checked").replaceChildren();
  find("checked").replaceChildren(...checked.map((row) => element("tr", {},
    element("td", {}, row.name),
    element("td", {}, shown(row.analytical, 10)),
    element("td", {}, shown(row.numerical, 10)),
    element("td", { class: row.verdict }, row.verdict))));
  const remarks = checked.map(({ remark }) => remark).filter(Boolean);
  find("check-remarks").replaceChildren(...remarks.map((remark) => element("li", {}, `${remark}.`)));
  ladder(checked);
}

/** Errors by step, both in powers of ten. */
function ladder(checked) {
  const [width, height, left, bottom] = [520, 210, 46, 28];
  const plot = find("ladder");
  plot.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const x = (step) => left + (width - left - 10) * (Math.log10(step) + 13) / 13;
  const y = (error) => 8 + (height - bottom - 8) * Math.min(Math.max(-Math.log10(error), 0), 16) / 16;
  const marks = [];
  for (let power = 0; power <= 16; power += 4) {
    marks.push(svg("line", { class: "axis", x1: left, x2: width - 10, y1: y(10 ** -power), y2: y(10 ** -power) }));
    marks.push(svg("text", { x: left - 6, y: y(10 ** -power) + 4, "text-anchor": "end" }, `1e−${power}`.replace("1e−0", "1")));
  }
  for (let power = -12; power <= 0; power += 3) {
    marks.push(svg("text", { x: x(10 ** power) + (power ? 0 : 10), y: height - 8, "text-anchor": power ? "middle" : "end" }, power ? `1e−${-power}` : "step 1"));
  }
  const colours = ["", "one", "two"];
  checked.slice(0, colours.length).forEach((row, place) => {
    for (const difference of ["forward", "central"]) {
      const points = row.ladder.map((rung) => [x(rung.step), y(Math.max(number(rung[difference]), 1e-16))]).filter(([, at]) => Number.isFinite(at));
      if (points.length === 0) continue;
      marks.push(svg("path", { class: `curve ${difference} ${colours[place]}`, d: `M${points.map((point) => point.map((at) => at.toFixed(1)).join(" ")).join("L")}` }));
      if (difference === "central") for (const [cx, cy] of points) marks.push(svg("circle", { class: `dot ${colours[place]}`, cx, cy, r: 3.5 }));
    }
  });
  plot.replaceChildren(...marks);
  find("ladder-names").replaceChildren(...checked.slice(0, colours.length).map(({ name }, place) => element("span", { class: `key ${colours[place]}` }, name)),
    ...(checked.length > colours.length ? [`and ${checked.length - colours.length} more in the table`] : []));
}

function tails() {
  const tails = parsed(visit.engine.tails(Math.max(find("tail-axis").selectedIndex, 0)));
  find("not-looked-at").textContent = tails.mistake ? `${tails.mistake.message}.` : "";
  find("tails").classList.toggle("empty", Boolean(tails.mistake));
  if (tails.mistake) return;
  find("tail-name").textContent = tails.name;
  // A slope beside a loss that is no number says nothing, be it finite.
  const cell = (value, other, loss = value) => {
    const [a, b] = [number(value), number(other)];
    const isLost = !Number.isFinite(a) || !Number.isFinite(number(loss));
    const name = isLost ? "not-finite" : a === b ? "same" : "";
    return element("td", { class: name }, shown(value, 6));
  };
  const lost = tails.points.filter((point) => !Number.isFinite(number(point.stable)));
  find("tail-rows").replaceChildren(...tails.points.map((point) => element("tr", { class: point.differs ? "differs" : "" },
    element("td", {}, String(point.at).replace("-", "−")),
    cell(point.naive, point.stable), cell(point.stable, point.naive),
    cell(point.naive_slope, point.stable_slope, point.naive),
    cell(point.stable_slope, point.naive_slope, point.stable))));
  find("tails-say").textContent = tails.points.some((point) => point.differs)
    ? "In the red rows they differ: there doubles lose what you wrote."
    : lost.length === 0 ? "They agree everywhere here: this loss can be computed as it is written."
    : "They agree: where they are red, the loss has no finite value, however it is computed.";
  const rewrites = [...new Set(tails.rewrites.map((rewrite) => rewrite.split(" at ")[0]))];
  find("rewritten").hidden = rewrites.length === 0;
  find("rewrites").replaceChildren(...rewrites.map((rewrite) => element("li", {}, element("code", {}, rewrite))));
}

function begin() {
  find("models").append(...catalogue.models.map((model) => on(element("button", { type: "button", "data-model": model.id }, model.title), {
    click: () => choose(model.id),
  })));
  find("reference").append(...[...catalogue.data, ...catalogue.functions.map(({ names, meaning }) => [names.join(", "), meaning])]
    .map(([name, meaning]) => element("div", {}, element("code", {}, name), ` ${meaning}`)));
  on(find("loss-text"), {
    input: ({ target }) => { address.leave(true); visit.engine.set_text(target.value); refresh(); },
    scroll: ({ target }) => { find("loss-marks").scrollTop = target.scrollTop; },
    click: ({ target }) => tape.light_text(target.selectionStart),
    keyup: ({ target }) => tape.light_text(target.selectionStart),
  });
  on(find("count"), { input: ({ target }) => { visit.engine.set_count(target.valueAsNumber); visit.row = null; refresh(); } });
  on(find("axis-a"), { change: () => look() });
  on(find("axis-b"), { change: () => look() });
  on(find("tail-axis"), { change: () => unless_slow(find("tails"), tails) });
  on(find("zoom-in"), { click: () => look(1 / 1.5) });
  on(find("zoom-out"), { click: () => look(1.5) });
  // The address is that of a loss, not of a place in the page.
  on(document.querySelector(".skip"), { click: (event) => { event.preventDefault(); find("loss-text").focus(); } });
  on(find("theme"), { click: () => {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark"
      || !document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("theme", document.documentElement.dataset.theme); } catch { /* Not kept, then. */ }
    tape.recolour();
    surface.redraw();
  } });
  on(find("share"), { click: async () => {
    address.keep();
    try { await navigator.clipboard.writeText(location.href); find("copied").textContent = "copied"; } catch { find("copied").textContent = "copy it from the address bar"; }
  } });
  on(matchMedia("(prefers-color-scheme: dark)"), { change: () => surface.redraw() });
  arrive();
  performance.mark("drawn");
  document.body.dataset.ready = "yes";
}

begin();
