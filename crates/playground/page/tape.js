// The tape: its picture, and a table of primals and adjoints. What belongs together lights up in all places.
import { element, number, on, parsed, roving, shown } from "./draw.js";

export class Tape {
  constructor(visit) {
    this.visit = visit;
    this.picture = document.getElementById("tape-picture");
    this.body = document.querySelector("#tape tbody");
    this.boxes = new Map();
    /** The lines of text in the boxes that have the primal and the adjoint. */
    this.lines = new Map();
    this.rows = new Map();
    this.nodes = [];
  }

  /** Another text. */
  draw() {
    const graph = parsed(this.visit.engine.graph());
    if (graph.mistake) return;
    this.nodes = graph.nodes;
    // What was lit is a node of another tape.
    this.lit = null;
    // The picture comes from the engine, which escapes what it writes.
    this.picture.innerHTML = graph.svg;
    this.picture.scrollLeft = 0;
    document.getElementById("not-drawn").textContent = graph.svg ? "" : `The tape has ${graph.nodes.length} nodes, too many to be drawn; the table has them.`;
    this.recolour();
    const boxes = [...this.picture.querySelectorAll("g > title")].map((title) => [Number(title.textContent.slice(1)), title.parentNode]);
    this.boxes = new Map(boxes);
    this.lines = new Map(boxes.map(([number, box]) => {
      const room = Number(box.querySelector("rect").getAttribute("width")) - 8;
      const texts = [...box.querySelectorAll("text")];
      return [number, ["=", "∂"].map((sign) => ({ text: texts.find((text) => text.textContent.startsWith(sign)), room }))
        .map((line) => line.text && line)];
    }));
    this.rows = new Map(this.nodes.map((node) => [node.number, this.row(node)]));
    for (const [number, box] of this.boxes) on(box, { pointerenter: () => this.light(number), pointerleave: () => this.light(null), click: () => this.light(number) });
    this.body.replaceChildren(...this.rows.values());
    roving([...this.rows.values()]);
  }

  row(node) {
    const name = node.name ? `${node.operation} ${node.name}` : node.operation;
    const row = element("tr", {},
      element("td", {}, `%${node.number}`), element("td", {}, name), element("td", {}, node.operands.join(", ")), element("td"), element("td"));
    return on(row, {
      pointerenter: () => this.light(node.number), pointerleave: () => this.light(null),
      focus: () => this.light(node.number), blur: () => this.light(null),
    });
  }

  /** The primals and adjoints, of one row if a point is chosen. */
  values() {
    const values = parsed(this.visit.engine.values(this.visit.row ?? undefined));
    if (values.mistake) return;
    for (const value of values) {
      const row = this.rows.get(value.number);
      if (!row) continue;
      [value.primal, value.adjoint].forEach((numbers, place) => {
        const cell = row.children[3 + place];
        cell.textContent = numbers.map((x) => shown(x)).join("  ") + (value.more ? " …" : "");
        cell.className = numbers.every((x) => Number.isFinite(number(x))) ? "" : "not-finite";
        this.write(value.number, place, numbers.map((x) => shown(x, 3)).join(", ") + (value.more ? ", …" : ""));
      });
    }
    this.say();
  }

  /** Writes the primal (0) or the adjoint (1) into the box of a node, which keeps its size. */
  write(node, place, text) {
    const line = this.lines.get(node)?.[place];
    const written = `${"=∂"[place]} ${text}`;
    if (!line || line.text.textContent === written) return;
    line.text.textContent = written;
    // A character of the monospaced font is 7.25 wide.
    if (written.length * 7.25 > line.room) {
      line.text.setAttribute("textLength", line.room);
      line.text.setAttribute("lengthAdjust", "spacingAndGlyphs");
    } else {
      line.text.removeAttribute("textLength");
    }
  }

  /** The picture has the colours of the page: its style sheet asks for the reader's preference, which a button may have overruled. */
  recolour() {
    const sheet = this.picture.querySelector("style")?.sheet;
    const theme = document.documentElement.dataset.theme;
    if (sheet && theme) sheet.cssRules[0].media.mediaText = theme === "dark" ? "all" : "not all";
  }

  /** The primal and the adjoint of the node that is lit, under the picture. */
  say() {
    const cells = this.lit ? [...this.rows.get(this.lit.number).children].map((cell) => cell.textContent) : [];
    const [number, operation, , primal, adjoint] = cells;
    document.getElementById("tape-lit").textContent = cells.length ? `${number} ${operation} = ${primal};  ∂loss/∂ = ${adjoint}` : "";
  }

  /** Lights a node, or none. */
  light(lit) {
    for (const [number, box] of this.boxes) box.classList.toggle("lit", number === lit);
    for (const [number, row] of this.rows) row.classList.toggle("lit", number === lit);
    for (const step of document.querySelectorAll("#steps [data-node]")) step.classList.toggle("lit", step.dataset.node === String(lit));
    const node = this.nodes.find((node) => node.number === lit);
    this.lit = node;
    this.say();
    this.visit.mark(node ? [[node.span, "lit"]] : []);
  }

  /** Lights the smallest part of the text around a place. */
  light_text(place) {
    if (this.visit.state.mistake) return;
    const text = document.getElementById("loss-text").value.slice(0, place);
    const byte = new TextEncoder().encode(text).length;
    const around = this.nodes.filter(({ span }) => span.start <= byte && byte <= span.end && span.end > span.start);
    around.sort((a, b) => (a.span.end - a.span.start) - (b.span.end - b.span.start));
    this.light(around[0]?.number ?? null);
  }
}
