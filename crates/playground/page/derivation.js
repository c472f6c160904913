// The derivation: the chain rule, line by line, beside the loss where there is room.
import { element, on, parsed, roving } from "./draw.js";

/** What a letter means, as text that wraps, with its formulas within: MathML has no lines. */
function meaning(cell) {
  const math = cell.firstElementChild;
  const parts = math.children.length === 1 && math.firstElementChild.localName === "mrow" ? [...math.firstElementChild.children] : [...math.children];
  const is_text = (part) => part.localName === "mtext" && part.textContent.includes("\u00a0");
  if (!parts.some(is_text)) return null;
  const written = [];
  for (const part of parts) {
    if (is_text(part)) written.push(part.textContent.replaceAll("\u00a0", " "));
    else {
      if (written.at(-1)?.localName !== "math") written.push(math.cloneNode(false));
      written.at(-1).append(part);
    }
  }
  for (const part of written) part.removeAttribute?.("display");
  return element("td", { class: "meaning" }, ...written);
}

export class Derivation {
  constructor(visit, tape) {
    Object.assign(this, { visit, tape, steps: document.getElementById("steps") });
    on(window, { resize: () => this.place() });
  }

  /** Another loss. The formulas come from the engine as MathML, which escapes what it writes. */
  draw() {
    const sections = parsed(this.visit.engine.derivation());
    document.getElementById("not-derived").textContent = sections.mistake?.message ?? "";
    if (sections.mistake) return this.steps.replaceChildren();
    const part = (title) => title.split(" ").at(title.startsWith("The") ? -1 : 0).toLowerCase();
    this.steps.replaceChildren(...sections.map(({ title, lines }) => element("div", { class: part(title) }, element("h3", {}, title),
      element("div", { class: "scroll" }, element("table", { "aria-label": `${title}, step by step` },
        element("tbody", {}, ...lines.flatMap((line) => this.rows(line))))))));
    roving([...this.steps.querySelectorAll("tr[data-node]")]);
    this.place();
  }

  /** The rows of an equation, which light the node that it is about. */
  rows({ left, steps, node }) {
    const formula = (text) => { const cell = element("td", {}); cell.innerHTML = text; return meaning(cell) ?? cell; };
    // A rule isn't broken at its sign.
    const words = (note) => note?.replaceAll(" = ", "\u00a0=\u00a0") ?? "";
    const [lit, unlit] = [() => this.tape.light(node), () => this.tape.light(null)];
    return steps.map(([right, note], place) => {
      const row = element("tr", node === null ? {} : { "data-node": node },
        place ? element("td") : formula(left), element("td", {}, "="), formula(right), element("td", { class: "note" }, words(note)));
      return node === null ? row : on(row, { pointerenter: lit, pointerleave: unlit, focus: lit, blur: unlit });
    });
  }

  /** Puts the steps beside the loss, where no formula is cut for it. */
  place() {
    const is_wide = matchMedia("(min-width: 761px)").matches;
    this.steps.classList.toggle("beside", is_wide);
    const is_cut = (part) => part.scrollWidth > part.clientWidth;
    if (is_wide && [...this.steps.querySelectorAll(".scroll")].some(is_cut)) this.steps.classList.remove("beside");
  }
}
