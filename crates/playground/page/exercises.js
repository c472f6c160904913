// Exercises: a question, what to show with it, and an answer that the engine checks.
import { element, on } from "./draw.js";

export function exercises(list, all, visit) {
  list.append(...all.map((exercise) => card(exercise, visit)));
}

function card(exercise, visit) {
  const outcome = element("p", { class: "outcome", role: "status" });
  const { fields, answer } = fields_of(exercise);
  const show = on(element("button", { type: "button" }, "Show it"), {
    click: () => {
      location.hash = exercise.fragment;
      document.getElementById("loss-title").scrollIntoView({ block: "start" });
    },
  });
  const check = on(element("button", { type: "button" }, "Check"), {
    click: () => {
      if (answer() === null) {
        outcome.className = "outcome wrong";
        outcome.textContent = "Choose an answer.";
        return;
      }
      const { right, message } = JSON.parse(visit.engine.answer(exercise.id, answer()));
      outcome.className = `outcome ${right ? "right" : "wrong"}`;
      outcome.textContent = `${right ? "✓" : "✗"} ${message}`;
    },
  });
  return element("div", { class: "exercise", "data-exercise": exercise.id },
    element("h3", {}, exercise.title), element("p", {}, exercise.question), ...fields, show, " ", check, outcome);
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
