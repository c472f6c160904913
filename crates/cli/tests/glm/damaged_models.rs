//! Saved models that were edited: refused, naming the field.

use crate::run::{assert_close, file, glm, scratch};
use serde_json::{Value, json};

const DATA: &str = "y,x,g,t\n1,1,a,0\n2,2,b,0\n3,4,c,1\n3,5,a,1\n6,7,b,0\n5,9,c,0\n";

/// A saved model with a factor and an offset, and its data.
fn saved(name: &str) -> (Value, String) {
    let (data, model) = (file(&format!("{name}.csv"), DATA), scratch(&format!("{name}.json")));
    let run = glm(&["fit", &data, "--response", "y", "--family", "gaussian", "--offset", "t", "--save", &model]);
    assert_eq!(run.code, 0, "{}", run.err);
    (serde_json::from_slice(&std::fs::read(&model).unwrap()).unwrap(), data)
}

/// What is said of the model's text.
fn complaint(name: &str, text: &str, data: &str) -> String {
    let run = glm(&["predict", &file(name, text), data]);
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{text}\n{}", run.err);
    run.err
}

#[test]
fn an_edited_model_is_refused_by_the_name_of_the_field() {
    let (model, data) = saved("edited");
    assert_eq!(glm(&["predict", &file("edited_not.json", model.to_string()), &data]).code, 0);
    let long: Vec<f64> = vec![1.0; 9];
    for (pointer, value, named) in [
        ("/fit/fit/parameters", json!([1.0]), "parameters"),
        ("/fit/fit/parameters", json!(long), "parameters"),
        ("/fit/fit/parameters", json!([]), "parameters"),
        ("/fit/fit/parameters/1", json!(null), "fit.fit.parameters[1]"),
        ("/fit/fit/parameters/1", json!("1"), "fit.fit.parameters[1]"),
        ("/fit/fit/gradient", json!([1.0]), "gradient"),
        ("/fit/fit/names", json!(["(Intercept)", "x", "gb"]), "parameters"),
        ("/fit/fit/names/2", json!("x"), "`x`"),
        ("/fit/fit/names/2", json!("gz"), "fit.fit.names"),
        ("/fit/fit/status", json!("Done"), "fit.fit.status"),
        ("/fit/rows", json!(-1), "fit.rows"),
        ("/fit/rows", json!(1e30), "fit.rows"),
        ("/fit/ridge", json!(-1.0), "ridge"),
        ("/fit/family", json!("uniform"), "fit.family"),
        ("/fit/family", json!({"negative_binomial": {"dispersion": -1.0}}), "dispersion"),
        ("/fit/link", json!(7), "fit.link"),
        ("/levels/g", json!(["a", "b"]), "fit.fit.names"),
        ("/levels/g", json!(["a", "b", "c", "d"]), "fit.fit.names"),
        ("/levels/g", json!(["a", "b", "b"]), "levels.g"),
        ("/levels/g", json!([]), "`g`"),
        ("/levels/g", json!("a"), "levels.g"),
        ("/levels", json!({"g": ["a", "b", "c"], "h": ["a", "b"]}), "levels.h"),
        ("/recipe/terms", json!([]), "levels.g"),
        ("/recipe/terms/0", json!({"variables": []}), "terms[0]"),
        ("/recipe/terms/1", json!({"variables": [{"column": "x", "factor": false}]}), "terms[1]"),
        ("/recipe/intercept", json!("yes"), "recipe.intercept"),
        ("/recipe/offset", json!(10_000_000_000_000u64), "recipe.offset"),
        ("/glm_model", json!(10_000_000_000_000u64), "glm_model"),
        ("/glm_model", json!(4), "format 4"),
        ("/evidence", json!(null), "evidence"),
        ("/evidence/covariance_root", json!([[1.0]]), "covariance_root"),
        ("/evidence/covariance_root/0", json!([1.0]), "covariance_root"),
        ("/evidence/covariance_root/0/0", json!("1"), "covariance_root"),
    ] {
        let mut edited = model.clone();
        *edited.pointer_mut(pointer).unwrap() = value.clone();
        let said = complaint("edited_one.json", &edited.to_string(), &data);
        assert!(said.contains(named), "{pointer} = {value}: {said}");
    }
}

#[test]
fn a_model_without_a_field_or_with_one_more_is_refused() {
    let (model, data) = saved("fields");
    // Files of format 1 may lack it: then no effect is aliased.
    let optional = |key: &String| key == "aliased";
    let objects = ["", "/evidence", "/recipe", "/fit", "/fit/fit", "/recipe/terms/0", "/recipe/terms/0/variables/0"];
    for object in objects {
        for key in model.pointer(object).unwrap().as_object().unwrap().keys().filter(|key| !optional(key)) {
            let mut edited = model.clone();
            edited.pointer_mut(object).unwrap().as_object_mut().unwrap().remove(key);
            let said = complaint("fields_fewer.json", &edited.to_string(), &data);
            assert!(said.contains(key.as_str()), "without {object}/{key}: {said}");
        }
    }
    let mut edited = model.clone();
    edited["recipe"]["weight"] = json!("w");
    assert!(complaint("fields_more.json", &edited.to_string(), &data).contains("`weight`"));
}

/// Files of format 2 have the covariance itself.
#[test]
fn models_of_older_formats_are_read() {
    let (model, data) = saved("older");
    let errors = |text: &str| {
        let run = glm(&["predict", &file("older_now.json", text), &data, "--se", "--type", "link"]);
        assert_eq!(run.code, 0, "{}", run.err);
        let cells = |line: &str| line.split(',').map(|cell| cell.parse().unwrap()).collect::<Vec<f64>>();
        run.out.lines().skip(1).map(cells).collect::<Vec<_>>()
    };
    let root: Vec<Vec<f64>> = serde_json::from_value(model["evidence"]["covariance_root"].clone()).unwrap();
    let product = |i: usize, j: usize| root[i].iter().zip(&root[j]).map(|(a, b)| a * b).sum::<f64>();
    let covariance: Vec<Vec<f64>> = (0..root.len()).map(|i| (0..root.len()).map(|j| product(i, j)).collect()).collect();
    let mut older = model.clone();
    older["glm_model"] = json!(2);
    let evidence = older["evidence"].as_object_mut().unwrap();
    evidence.remove("covariance_root");
    evidence.insert("covariance".into(), json!(covariance));
    for (old, new) in errors(&older.to_string()).iter().flatten().zip(errors(&model.to_string()).iter().flatten()) {
        assert_close("prediction", *old, *new, 1e-9);
    }
    older["evidence"]["covariance"][0][0] = json!(-1.0);
    assert!(complaint("older_negative.json", &older.to_string(), &data).contains("negative variance"));
    let mut oldest = model.clone();
    oldest["glm_model"] = json!(1);
    oldest.as_object_mut().unwrap().remove("evidence");
    assert_eq!(glm(&["predict", &file("oldest.json", oldest.to_string()), &data]).code, 0);
    let run = glm(&["predict", &file("oldest.json", oldest.to_string()), &data, "--se"]);
    assert!(run.code == 2 && run.err.contains("older glm"), "{}", run.err);
}

#[test]
fn keys_that_stand_twice_and_numbers_that_are_none_are_refused() {
    let (model, data) = saved("twice");
    let text = model.to_string();
    for (from, to, named) in [
        ("\"levels\":{", "\"levels\":{\"g\":[\"b\",\"a\",\"c\"],", "`g`"),
        ("\"ridge\":", "\"ridge\":1.0,\"ridge\":", "ridge"),
        ("\"rows\":6", "\"rows\":NaN", "fit"),
        ("\"rows\":6", "\"rows\":1e999", "fit"),
    ] {
        assert!(text.contains(from), "{text}");
        let said = complaint("twice_edited.json", &text.replacen(from, to, 1), &data);
        assert!(said.contains(named), "{to}: {said}");
    }
    assert!(complaint("twice_more.json", &format!("{text}{text}"), &data).contains("trailing characters"));
    assert!(complaint("twice_deep.json", &"[".repeat(100_000), &data).contains("is no model"));
}
