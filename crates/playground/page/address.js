// The address says what is seen, and the way back leads to the loss that was seen before.
import { element, on } from "./draw.js";

export class Address {
  /** `arrive` shows what another address says. */
  constructor(visit, arrive) {
    Object.assign(this, { visit, shown: "", is_typing: false, refused: document.getElementById("refused") });
    on(window, { hashchange: arrive });
    // A loss that is typed is one more, however many letters it has.
    on(document.getElementById("loss-text"), { blur: () => { this.is_typing = false; } });
  }

  /** The address of the browser is shown; `refused` are sentences on what of it couldn't be taken. */
  arrive(refused) {
    this.shown = location.hash;
    this.is_typing = false;
    this.taken = this.visit.engine.fragment();
    this.refused.replaceChildren(...refused.map((sentence) => element("li", {}, `${sentence}.`)));
  }

  /** Says what is seen; not so if the address is another already, at which the visitor is to arrive. */
  keep() {
    if (location.hash === this.shown) this.show("replaceState");
  }

  /** Before another loss is seen: the way back leads to this one. `is_typed` is whether it comes letter by letter. */
  leave(is_typed = false) {
    if (is_typed && this.is_typing) return;
    this.keep();
    history.pushState(null, "", location.href);
    this.is_typing = is_typed;
  }

  show(how) {
    const fragment = this.visit.engine.fragment();
    if (location.hash.slice(1) !== fragment) history[how](null, "", `#${fragment}`);
    this.shown = location.hash;
    // What was wrong with an address is of no interest when something else is seen.
    if (fragment !== this.taken) this.refused.replaceChildren();
  }
}
