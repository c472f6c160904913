use autodiff::Tape;
use ndarray::{arr1, arr2};
use playground::engine::Data;
use playground::language::{FUNCTIONS, parse, record::record};
use playground::{Engine, Mistake};
use proptest::prelude::*;

fn mistake(text: &str) -> (String, Mistake) {
    let mistake = Engine::new(text).err().unwrap_or_else(|| panic!("{text} is read"));
    (text[mistake.span.start..mistake.span.end].into(), mistake)
}

#[test]
fn mistakes_are_underlined_with_a_hint() {
    for (text, part, message, hint) in [
        ("sum(y - sigmiod(x))", "sigmiod", "no function", "did you mean `sigmoid`?"),
        ("sum(y*ln(prob)) where probs = x", "prob", "no meaning", "did you mean `probs`?"),
        ("sum(y*ln(q)) where p = x", "q", "no meaning", "where q = …"),
        ("sum(y*ln(2k))", "k", "operator is missing", "write `*`"),
        ("sum((y - x)", "", "`)` is expected before the end", "still open"),
        ("sum(y) + ", "", "expected before the end", "missing"),
        ("y - x", "y - x", "not one number", "sum"),
        ("sum(max(x))", "max(x)", "takes 2 arguments, not 1", "larger"),
        ("sum(p) where p = p*x", "p", "defined by itself", "other names"),
        ("sum(p) where p = q, q = p", "p", "defined by itself", "other names"),
        ("sum(x # 2)", "#", "means nothing", "+ - * /"),
        ("sum(x) where y = 2", "y", "has a meaning already", "another name"),
        ("sum(x*theta)", "x*theta", "", "shapes"),
        ("sum(X*W) with W[3,2]", "X*W", "", "shapes"),
        ("sum(W) with W[0]", "0", "a length from 1", "W[2, 3]"),
        ("sum(x = 2)", "=", "`)` is expected", "open"),
        ("sum(x) = 2", "=", "not expected", "where"),
        ("1e999", "1e999", "too large", "1.8e308"),
        ("", "", "before the end", "missing"),
    ] {
        let (found, mistake) = mistake(text);
        assert_eq!(found, part, "{text}: {mistake}");
        assert!(mistake.message.contains(message), "{text}: {mistake}");
        assert!(mistake.hint.contains(hint), "{text}: {mistake}");
    }
}

#[test]
fn what_is_written_is_what_is_recorded() {
    let points = [[0.5, 1.0], [-1.5, 0.0]];
    let theta = [0.3, -0.7];
    let (x, y) = (arr1(&[0.5, -1.5]), arr1(&[1.0, 0.0]));
    let z = arr2(&[[1.0, 0.5], [1.0, -1.5]]).dot(&arr1(&theta));
    let cases: Vec<(&str, f64)> = vec![
        ("sum(1 - 2 - x)", x.mapv(|x: f64| -1.0 - x).sum()),
        ("sum(2*x^2/4 + -x)", (2.0 * &x * &x / 4.0 - &x).sum()),
        ("sum(((x))*(y))", (&x * &y).sum()),
        ("sum(-x^2)", -(&x * &x).sum()),
        ("sum(2^x^2)", x.mapv(|x: f64| 2f64.powf(x * x)).sum()),
        ("sum(|x|·y − 1)", (x.mapv(f64::abs) * &y - 1.0).sum()),
        ("mean(z) where z = X*theta", z.mean().unwrap()),
        ("sum(X*W) with W[2,3]", 0.0),
        ("sum(if(x < 0, 1, 10))", 11.0),
        ("sum(if(x ≥ 0.5, 1, 10))", 11.0),
        ("sum(b*a) where a = b + 1, b = 2*x", (2.0 * &x * (2.0 * &x + 1.0)).sum()),
        ("sum(Y*Y)", 2.0),
        ("rowsum(X*theta)", f64::NAN),
        ("2*pi", 2.0 * std::f64::consts::PI),
    ];
    for (text, expected) in cases {
        let Ok(mut engine) = Engine::new(text) else {
            assert!(expected.is_nan(), "{text}");
            continue;
        };
        let count = engine.text().parameter_count();
        let theta = if count == 2 { theta.to_vec() } else { vec![0.0; count] };
        let found = engine.loss(&Data::new(&points), &theta).unwrap();
        assert!((found - expected).abs() < 1e-14, "{text}: {found}, not {expected}");
    }
}

#[test]
fn every_function_can_be_called() {
    for function in FUNCTIONS {
        for name in function.names {
            let argument = if ["rowsum", "logsumexp", "softmax"].contains(name) { "X" } else { "x" };
            let arguments = vec![argument; function.arguments()].join(", ");
            let mut engine = Engine::new(&format!("sum({name}({arguments}))")).unwrap();
            assert!(engine.loss(&Data::new(&[[0.5, 1.0]]), &[0.0; 2]).is_ok(), "{name}");
        }
    }
}

#[test]
fn what_is_nested_too_deep_or_too_long_is_refused() {
    assert!(mistake(&format!("{}x{}", "(".repeat(1000), ")".repeat(1000))).1.message.contains("deep"));
    assert!(mistake(&"-".repeat(2000)).1.message.contains("deep"));
    assert!(mistake(&"2^".repeat(1500)).1.message.contains("deep"));
    assert!(mistake(&"sum(".repeat(900)).1.message.contains("deep"));
    assert!(mistake(&"x".repeat(5000)).1.message.contains("bytes"));
    assert!(Engine::new(&format!("sum(x{})", " + x".repeat(900))).is_ok());
}

fn read(text: &str) {
    let tape = Tape::<f64>::new();
    let mistake = match parse(text) {
        Ok(parsed) => record(&parsed, &tape).err(),
        Err(mistake) => Some(mistake),
    };
    if let Some(mistake) = mistake {
        assert!(text.get(mistake.span.start..mistake.span.end).is_some(), "{text:?}: {mistake:?}");
        assert!(!mistake.message.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_read_or_underlined(text in ".{0,60}") {
        read(&text);
    }

    #[test]
    fn any_words_are_read_or_underlined(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "x", "y", "X", "Y", "theta", "p", "W", "1", "2.5", "1e9", ".", "+", "-", "*", "/", "^", "(", ")", "|", ",", "=", "<",
                "<=", "[", "]", "where", "with", "sum", "sum(", "softmax(", "if(", "ln(", "sigmoid(", "max(", "é", "½",
            ]),
            0..25,
        ),
        separator in prop::sample::select(vec!["", " "]),
    ) {
        read(&words.join(separator));
    }
}
