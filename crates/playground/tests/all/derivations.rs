//! Derivations as the page shows them.

use playground::model::MODELS;
use playground::session::Session;
use std::collections::BTreeSet;

#[test]
fn the_gradient_is_derived_for_every_model_and_ends_in_a_closed_form() {
    for model in MODELS {
        let mut session = Session::new(&format!("model={}", model.id));
        let sections = session.derivation().unwrap();
        let lines: Vec<_> = sections.iter().flat_map(|section| &section.lines).collect();
        assert!(lines.len() > 4, "{}", model.id);
        assert!(lines.iter().all(|line| line.left.starts_with("<math") && !line.steps.is_empty()), "{}", model.id);
        // What is lit with a node has to be a node of the graph.
        let graph = session.graph().unwrap();
        let nodes: Vec<usize> = lines.iter().filter_map(|line| line.node).collect();
        assert!(!nodes.is_empty(), "{}", model.id);
        assert!(
            nodes.iter().all(|node| graph.nodes.iter().any(|other| other.number == *node)),
            "{}: {nodes:?}",
            model.id
        );
    }
}

/// What stands in elements of identifiers.
fn letters(mathml: &str) -> BTreeSet<&str> {
    let elements = mathml.split("<mi").skip(1).filter_map(|rest| rest.split_once('>'));
    elements.filter_map(|(_, rest)| Some(rest.split_once('<')?.0)).collect()
}

/// Every letter is one of the text's, or stands on a left side: of a definition, or among the letters that are introduced.
#[test]
fn letters_are_introduced_for_every_model() {
    const WORDS: &[&str] = &["ln", "exp", "tanh", "softmax", "sign", "diag", "e", "t"];
    let texts = MODELS.iter().map(|model| model.text).chain(["-sum(Y*ln(E/rowsum(E))) where E = exp(X*W) with W[2,3]"]);
    for text in texts {
        let mut session = Session::new("");
        session.set_text(text);
        let sections = session.derivation().unwrap();
        let lines = || sections.iter().flat_map(|section| &section.lines);
        let lefts: String = lines().map(|line| line.left.as_str()).collect();
        let given = "<mi>X</mi><mi>y</mi><mi>Y</mi><mi>θ</mi><mi>W</mi><mi>v</mi><mi>c</mi>";
        // A matrix is introduced with the letter of its rows, too.
        let formulas = || lines().flat_map(|line| &line.steps).map(|(formula, _)| formula.as_str());
        let of_rows: String =
            formulas().filter(|formula| formula.contains("one&#xA0;row") || formula.contains("one row")).collect();
        let known = &(&letters(&lefts) | &letters(given)) | &letters(&of_rows);
        let rights: String = formulas().collect();
        for letter in letters(&rights) {
            // The two indices of an element are one.
            let is_known = known.contains(letter) || letter.chars().all(|index| known.contains(&*index.to_string()));
            assert!(is_known || WORDS.contains(&letter), "{letter} in {text}");
        }
        for sign in ["𝟏", "⊙"] {
            assert!(!rights.contains(sign) || lefts.contains(sign), "{sign} in {text}");
        }
    }
}

#[test]
fn what_is_too_long_to_be_read_or_drawn_is_left_out() {
    let mut session = Session::new("");
    session.set_text(&format!("sum(x{})", "^theta[0]".repeat(40)));
    assert!(session.derivation().unwrap_err().message.contains("too long"));
    assert!(!session.graph().unwrap().svg.is_empty());
    session.set_text(&format!("sum(x*theta[0]{})", " + x*theta[1]".repeat(200)));
    let graph = session.graph().unwrap();
    assert!(graph.svg.is_empty() && graph.nodes.len() > 400);
    assert!(session.derivation().is_ok());
}

/// Elements of a parameter are derived by, each by its own name.
#[test]
fn elements_have_derivations_of_their_own() {
    let mut session = Session::new("");
    session.set_text("sum((y - theta[0] - theta[1]*x)²)");
    assert_eq!(session.names(), ["theta[0]", "theta[1]"]);
    let sections = session.derivation().unwrap();
    let lines: Vec<_> = sections.last().unwrap().lines.iter().map(|line| &line.left).collect();
    assert_eq!(lines.len(), 2);
    for (line, place) in lines.iter().zip(["0", "1"]) {
        assert!(line.contains(&format!("<mi>θ</mi><mn>{place}</mn>")), "{line}");
    }
    // Where the whole is used too, it stays one parameter.
    session.set_text("sum(y*(X*θ)) + θ[1]²");
    assert_eq!(session.names(), ["theta[0]", "theta[1]"]);
}
