//! Columns that those before them make up, left out as R's `glm` does.

use crate::run::{assert_close, file, glm, names, of_coefficients, scratch};
use serde_json::Value;

/// `b` is twice `a`, and `s` the sum of `a` and `c`.
const DATA: &str = "y,g,a,b,c,s\n1,u,1,2,3,4\n3,v,2,4,1,3\n2,u,3,6,5,8\n5,v,4,8,2,6\n4,w,5,10,7,12\n7,w,6,12,4,10\n6,u,7,14,9,16\n8,v,8,16,3,11\n";
const FIT: [&str; 5] = ["--response", "y", "--family", "gaussian", "--json"];

fn fit(data: &str, more: &[&str]) -> Value {
    glm(&[&["fit", data], &FIT[..], more].concat()).json()
}

/// Names with their estimates, `None` for NA.
fn estimates(fit: &Value) -> Vec<(&str, Option<f64>)> {
    let lines = fit["coefficients"].as_array().unwrap().iter();
    names(fit).into_iter().zip(lines.map(|line| line["estimate"].as_f64())).collect()
}

#[test]
fn aliased_columns_are_na_and_the_others_those_of_the_model_without_them() {
    let data = file("aliased.csv", DATA);
    let whole = fit(&data, &["--terms", "a,b,c,s", "--drop-aliased"]);
    let part = fit(&data, &["--terms", "a,c"]);
    let found = estimates(&whole);
    assert_eq!(found.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["(Intercept)", "a", "b", "c", "s"]);
    assert_eq!((found[2].1, found[4].1), (None, None));
    for ((_, estimate), expected) in
        found.iter().filter(|(_, estimate)| estimate.is_some()).zip(of_coefficients(&part, "estimate"))
    {
        assert_close("estimate", estimate.unwrap(), expected, 1e-10);
    }
    for key in ["deviance", "aic", "dispersion", "log_likelihood"] {
        assert_close(key, whole[key].as_f64().unwrap(), part[key].as_f64().unwrap(), 1e-10);
    }
    let page = glm(&["fit", &data, "--response", "y", "--family", "gaussian", "--terms", "a,b,c,s", "--drop-aliased"]);
    assert_eq!(page.code, 0, "{}", page.err);
    assert!(page.out.contains("Coefficients: (2 not defined because of singularities)"), "{}", page.out);
    let line = page.out.lines().find(|line| line.starts_with("b ")).unwrap();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["b", "NA", "NA", "NA", "NA"]);
    assert!(page.out.contains("make them up: `b`, `s`"), "{}", page.out);
}

/// R judges the columns in the order of the terms, main effects first: here a factor before the column it makes up.
#[test]
fn the_order_of_the_terms_decides_as_in_r() {
    let data = file("aliased_order.csv", "y,g,k\n1,a,1\n2,b,2\n4,a,1\n3,c,4\n6,b,2\n5,c,4\n");
    let factor_first = fit(&data, &["--terms", "g,k", "--drop-aliased"]);
    let number_first = fit(&data, &["--terms", "k,g", "--drop-aliased"]);
    let na = |fit: &Value| {
        let of = estimates(fit);
        of.into_iter().filter(|(_, estimate)| estimate.is_none()).map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((na(&factor_first), na(&number_first)), (vec!["k".to_owned()], vec!["gc".to_owned()]));
    assert_close(
        "deviance",
        factor_first["deviance"].as_f64().unwrap(),
        number_first["deviance"].as_f64().unwrap(),
        1e-10,
    );
}

#[test]
fn predictions_of_such_a_model_are_those_of_the_model_without_the_columns() {
    let data = file("aliased_predict.csv", DATA);
    let model = |name: &str, more: &[&str]| {
        let model = scratch(name);
        fit(&data, &[&["--save", &model], more].concat());
        let run = glm(&["predict", &model, &data]);
        assert_eq!(run.err.contains("the model leaves out `b`, `s`"), more.contains(&"--drop-aliased"), "{}", run.err);
        run.out
    };
    let (whole, part) = (
        model("aliased_whole.json", &["--terms", "a,b,g,c,s", "--drop-aliased"]),
        model("aliased_part.json", &["--terms", "a,g,c"]),
    );
    for (found, expected) in whole.lines().skip(1).zip(part.lines().skip(1)) {
        let eta = |line: &str| line.split(',').next().unwrap().parse::<f64>().unwrap();
        assert_close("eta", eta(found), eta(expected), 1e-10);
    }
}

/// A pair of levels that no row has is left out without being asked.
#[test]
fn a_model_with_an_empty_cell_is_saved_and_read_again() {
    let rows = "y,g,k\n1,a,u\n3,b,u\n4,a,v\n3,b,u\n6,a,u\n5,c,v\n7,c,u\n2,a,v\n4,c,v\n";
    let (data, model) = (file("empty_cell.csv", rows), scratch("empty_cell.json"));
    let found = fit(&data, &["--terms", "g*k", "--save", &model]);
    assert_eq!(names(&found), ["(Intercept)", "gb", "gc", "kv", "gc:kv"]);
    let run = glm(&["predict", &model, &data]);
    assert_eq!((run.code, run.out.lines().count()), (0, 10), "{}", run.err);
    let run = glm(&["predict", &model, &file("empty_cell_new.csv", "g,k\na,u\nb,v\n")]);
    assert!(run.code == 2 && run.err.contains("line 3"), "{}", run.err);
}

#[test]
fn nothing_is_left_out_unless_asked_for_and_nothing_where_nothing_is_aliased() {
    let data = file("aliased_refused.csv", DATA);
    let refused = glm(&["fit", &data, "--response", "y", "--family", "gaussian", "--terms", "a,b"]);
    assert!(refused.code == 1 && refused.err.contains("--drop-aliased"), "{}", refused.err);
    let (plain, asked) = (fit(&data, &["--terms", "a,c"]), fit(&data, &["--terms", "a,c", "--drop-aliased"]));
    assert_eq!(plain, asked);
}

#[test]
fn models_of_classes_leave_columns_out_too() {
    let data = file(
        "aliased_classes.csv",
        "y,x,z\n1,1,2\n2,2,4\n1,2.5,5\n3,3,6\n2,1.5,3\n3,4,8\n2,3.5,7\n1,3.2,6.4\n3,2.2,4.4\n",
    );
    for family in ["ordinal", "multinomial"] {
        let fit = |more: &[&str]| {
            glm(&[&["fit", &data, "--response", "y", "--family", family, "--json"], more].concat()).json()
        };
        let (whole, part) = (fit(&["--drop-aliased"]), fit(&["--terms", "x"]));
        assert_eq!(names(&whole), names(&part));
        for (found, expected) in of_coefficients(&whole, "estimate").into_iter().zip(of_coefficients(&part, "estimate"))
        {
            assert_close("estimate", found, expected, 1e-10);
        }
        let page = glm(&["fit", &data, "--response", "y", "--family", family, "--drop-aliased"]);
        assert!(page.out.contains("make them up: `z`"), "{}", page.out);
    }
}
