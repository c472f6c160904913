// Exercises: a question, what to show with it, and an answer that the engine checks.
import { element, on } from "./draw.js";

export class Exercises {
  constructor(list, all, visit) {
    this.cards = all.map((exercise) => new Card(exercise, visit));
    list.append(...this.cards.map((card) => card.element));
  }

  /** Takes back what was said to answers, if it was said of something else than what is seen now. */
  forget() {
    for (const card of this.cards) card.forget();
  }
}

class Card {
  constructor(exercise, visit) {
    const { fields, answer } = fields_of(exercise);
    Object.assign(this, { exercise, visit, answer, outcome: element("p", { class: "outcome", role: "status" }) });
    for (const field of fields) on(field, { input: () => this.say("", "") });
    const show = on(element("button", { type: "button" }, "Show it"), { click: () => this.show() });
    const check = on(element("button", { type: "button" }, "Check"), { click: () => this.check() });
    this.element = element("div", { class: "exercise", "data-exercise": exercise.id },
      element("h3", {}, exercise.title), element("p", {}, exercise.question), ...fields, show, " ", check, this.outcome);
  }

  show() {
    this.say("", "");
    location.hash = this.exercise.fragment;
    document.getElementById("loss-title").scrollIntoView({ block: "start" });
  }

  check() {
    if (this.answer() === null) return this.say("wrong", "Choose an answer.");
    const { right, message } = JSON.parse(this.visit.engine.answer(this.exercise.id, this.answer()));
    this.say(right ? "right" : "wrong", `${right ? "✓" : "✗"} ${message}`);
  }

  say(kind, words) {
    this.outcome.className = `outcome ${kind}`;
    this.outcome.textContent = words;
    this.judged = words && this.seen();
  }

  forget() {
    if (this.judged && this.judged !== this.seen()) this.say("", "");
  }

  /** What an answer is about: all that can be moved, where it is given by moving; else the loss and its data. */
  seen() {
    const { text, points, theta } = this.visit.state.state;
    return JSON.stringify([text, points, this.exercise.answer.by === "doing" ? theta : []]);
  }
}

/** What the answer is typed into or chosen from. */
function fields_of(exercise) {
  const { by, choices } = exercise.answer;
  if (by === "number") {
    const field = element("input", { type: "number", "aria-label": `Answer to ${exercise.title}` });
    return { fields: [element("p", {}, field)], answer: () => field.value };
  }
  if (by === "choice") {
    const buttons = choices.map((_, place) => element("input", { type: "radio", name: exercise.id, value: place }));
    const labels = choices.map((choice, place) => element("label", {}, buttons[place], ` ${choice}`));
    return { fields: [element("div", { role: "radiogroup", "aria-label": exercise.title }, ...labels)], answer: () => buttons.find((button) => button.checked)?.value ?? null };
  }
  return { fields: [], answer: () => "" };
}
