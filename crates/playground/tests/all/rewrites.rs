use playground::Engine;

/// Functions as equations have them, and as losses do.
const FUNCTIONS: [(&str, &str); 8] = [
    ("Φ", "Phi"),
    ("σ", "sigmoid"),
    ("Γ", "lgamma"),
    ("erf", "erf"),
    ("tanh", "tanh"),
    ("cosh", "cosh"),
    ("sinh", "sinh"),
    ("cos ", "cos"),
];

const LOSSES: [&str; 14] = [
    "sum(ln(cosh(y - X*theta)))",
    "1 - cos(a) with a",
    "50*(lgamma(a) + lgamma(b) - lgamma(a + b)) - sum((a-1)*ln(y) + (b-1)*ln(1-y)) with a, b",
    "-sum(ln(w*exp(-0.5*(y-m)^2) + (1-w)*exp(-0.5*y^2))) with w, m",
    "-sum(ln(sigmoid(a)*exp(-0.5*(y-m)^2) + (1-sigmoid(a))*exp(-0.5*y^2))) with a, m",
    "-sum(ln(sigmoid(a - x) - sigmoid(b - x))) with a, b",
    "-sum(y*ln(1-exp(-exp(X*theta))) - (1-y)*exp(X*theta))",
    "-sum(y*ln(Phi(X*theta)) + (1-y)*ln(1-Phi(X*theta)))",
    "-sum(y*ln(sigmoid(X*theta)) + (1-y)*ln(1-sigmoid(X*theta)))",
    "sum(ln(1 + (y - X*theta)^2))",
    "sum(sqrt(1 + (y - X*theta)^2) - 1)",
    "sum((y+1/a)*ln(1+a*exp(X*theta)) - y*ln(a) - lgamma(y + 1/a) + lgamma(1/a)) with theta[2], a",
    "sum(1 - exp(-(y - X*theta)^2/2))",
    "sum(1 + tanh(X*theta))",
];

#[test]
fn what_was_rewritten_names_functions_of_the_loss_alone_or_of_what_it_became() {
    for loss in LOSSES {
        let engine = Engine::new(loss).unwrap();
        assert!(!engine.rewrites().is_empty(), "{loss}");
        let equations = || engine.rewrites().iter().map(|applied| applied.split_once(" → ").unwrap());
        for (before, _) in equations() {
            for (function, _) in FUNCTIONS.iter().filter(|(function, _)| before.contains(function)) {
                let is_in_loss = FUNCTIONS.iter().any(|(other, name)| other == function && loss.contains(name));
                let is_made = equations().any(|(_, after)| after.contains(function));
                assert!(is_in_loss || is_made, "{before}: no {function} in {loss}");
            }
        }
    }
}
