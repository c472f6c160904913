//! A fitted model as a file.

use crate::design::Columns;
use crate::error::{Error, Result};
use crate::evidence::Evidence;
use crate::files;
use crate::model::Kind;
use crate::recipe::{Levels, Recipe};
use models::GlmFit;
use models::fit::Fit;
use models::ordinal::OrdinalFit;
use models::softmax::SoftmaxFit;
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The version of the format; it changes when older programs can't read the file any more.
const VERSION: u32 = 3;
/// The oldest version that is read.
const OLDEST: u32 = 1;
/// The first versions that have evidence: of generalised linear models, and of classes, with a root of the covariance.
const WITH_EVIDENCE: u32 = 2;
const WITH_ROOT: u32 = 3;
/// The most bytes that a model is read of: some ten million coefficients.
const MOST_BYTES: u64 = 1 << 30;

/// All that predictions and comparisons need.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved<F> {
    /// The version of the format.
    glm_model: u32,
    /// The kind of a model of classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    family: Option<Kind>,
    /// Which columns play which role.
    pub recipe: Recipe,
    /// The levels of the categorical variables.
    #[serde(deserialize_with = "distinct_keys")]
    pub levels: Levels,
    /// The fit.
    pub fit: F,
    /// What the data say of it.
    #[serde(default)]
    evidence: Option<Evidence>,
}

impl<F: Serialize> Saved<F> {
    /// A model to save, of this kind if it is one of classes.
    pub fn new(family: Option<Kind>, recipe: Recipe, levels: Levels, fit: F, evidence: Evidence) -> Saved<F> {
        Saved { glm_model: VERSION, family, recipe, levels, fit, evidence: Some(evidence) }
    }

    /// Writes the model as JSON.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::file(path, format!("{error}")))?;
        files::replace(path, (text + "\n").as_bytes())
    }
}

/// The fit of a saved model of whichever kind.
pub enum AnyFit {
    /// Of a generalised linear model.
    Glm(GlmFit),
    /// Of a multinomial model.
    Multinomial(SoftmaxFit),
    /// Of an ordinal model.
    Ordinal(OrdinalFit),
}

impl Saved<AnyFit> {
    /// Reads a saved model, and makes sure that its parts fit together.
    pub fn read(path: &Path) -> Result<Saved<AnyFit>> {
        let broken = |reason: String| no_model(path, &reason);
        let text = read(path)?;
        // The version first: another one may well have other fields.
        let version: Version = parsed(&text).map_err(broken)?;
        if !(OLDEST..=VERSION).contains(&version.glm_model) {
            let found = version.glm_model;
            let reason =
                format!("has format {found}; this glm reads formats {OLDEST} to {VERSION}: fit the model again");
            return Err(Error::file(path, reason));
        }
        let saved = match version.family {
            None => Saved::parse(&text, AnyFit::Glm),
            Some(Kind::Multinomial) => Saved::parse(&text, AnyFit::Multinomial),
            Some(Kind::Ordinal) => Saved::parse(&text, AnyFit::Ordinal),
        };
        let saved = saved.map_err(broken)?;
        saved.check().map_err(broken)?;
        Ok(saved)
    }

    fn parse<F: DeserializeOwned>(
        text: &str,
        wrapped: impl FnOnce(F) -> AnyFit,
    ) -> std::result::Result<Saved<AnyFit>, String> {
        let Saved { glm_model, family, recipe, levels, fit, evidence } = parsed::<Saved<F>>(text)?;
        Ok(Saved { glm_model, family, recipe, levels, fit: wrapped(fit), evidence })
    }

    /// What the data say of the fit, which was read from this file and is needed for this.
    pub fn evidence(&self, path: &Path, need: &str) -> Result<&Evidence> {
        self.evidence.as_ref().ok_or_else(|| {
            let reason = format!(
                "was saved by an older glm, without the covariance and the deviance that {need} need; fit the model again with --save"
            );
            Error::file(path, reason)
        })
    }

    /// Refuses parts that don't fit together, naming the field.
    fn check(&self) -> std::result::Result<(), String> {
        self.fit.check().map_err(|error| format!("`fit`: {error}"))?;
        let since = if self.family.is_none() { WITH_EVIDENCE } else { WITH_ROOT };
        match &self.evidence {
            Some(evidence) => {
                let has_root = self.glm_model >= WITH_ROOT;
                let checked = evidence.check(self.fit.outcome().names.len(), has_root);
                checked.map_err(|reason| format!("`evidence`: {reason}"))?;
            }
            None if self.glm_model >= since => return Err("missing field `evidence`".into()),
            None => {}
        }
        match &self.fit {
            AnyFit::Glm(fit) => {
                // Levels without rows have no coefficients either.
                let aliased = [self.recipe.aliased.as_slice(), &fit.aliased].concat();
                let recipe = Recipe { aliased, ..self.recipe.clone() };
                check_parts(&recipe, &self.levels, "fit.fit.names", fit.names())
            }
            AnyFit::Multinomial(fit) => check_parts(&self.recipe, &self.levels, "fit.terms", &fit.terms),
            AnyFit::Ordinal(fit) => {
                // The thresholds stand for the intercept.
                let recipe = Recipe { intercept: true, ..self.recipe.clone() };
                let intercept = std::iter::once(String::from("(Intercept)"));
                let terms: Vec<String> = intercept.chain(fit.terms.iter().cloned()).collect();
                check_parts(&recipe, &self.levels, "fit.terms", &terms)
            }
        }
    }
}

impl AnyFit {
    /// The optimiser's outcome.
    pub fn outcome(&self) -> &Fit {
        match self {
            AnyFit::Glm(fit) => &fit.fit,
            AnyFit::Multinomial(fit) => &fit.fit,
            AnyFit::Ordinal(fit) => &fit.fit,
        }
    }

    /// The weight of the ridge penalty.
    pub fn ridge(&self) -> f64 {
        match self {
            AnyFit::Glm(fit) => fit.ridge,
            AnyFit::Multinomial(fit) => fit.ridge,
            AnyFit::Ordinal(fit) => fit.ridge,
        }
    }

    /// The number of rows that it was fitted to.
    pub fn rows(&self) -> usize {
        match self {
            AnyFit::Glm(fit) => fit.rows,
            AnyFit::Multinomial(fit) => fit.rows,
            AnyFit::Ordinal(fit) => fit.rows,
        }
    }

    fn check(&self) -> models::Result<()> {
        match self {
            AnyFit::Glm(fit) => fit.check(),
            AnyFit::Multinomial(fit) => fit.check(),
            AnyFit::Ordinal(fit) => fit.check(),
        }
    }
}

/// Refuses a recipe and levels that don't fit together, or don't make coefficients of these names, which stand in this field.
fn check_parts(recipe: &Recipe, levels: &Levels, field: &str, names: &[String]) -> std::result::Result<(), String> {
    for (name, levels) in levels {
        let mut seen = HashSet::new();
        if let Some(twice) = levels.iter().find(|level| !seen.insert(*level)) {
            return Err(format!("`levels.{name}`: the level `{twice}` stands there twice"));
        }
    }
    recipe.check().map_err(|reason| format!("`recipe`: {reason}"))?;
    let variables: HashSet<String> = recipe.variables().map(|variable| variable.name()).collect();
    if let Some(name) = levels.keys().find(|name| !variables.contains(*name)) {
        return Err(format!("`levels.{name}`: no term has this variable"));
    }
    check_names(recipe, levels, field, names)
}

/// Refuses names of coefficients that aren't those that the recipe and the levels make.
fn check_names(recipe: &Recipe, levels: &Levels, field: &str, fitted: &[String]) -> std::result::Result<(), String> {
    let columns = Columns::without_rows(recipe, levels).map_err(|error| format!("`recipe` and `levels`: {error}"))?;
    let made = columns.design().map_err(|error| format!("`recipe` and `levels`: {error}"))?.names();
    match made.iter().zip(fitted).find(|(made, fitted)| made != fitted) {
        Some((made, fitted)) => {
            Err(format!("`{field}`: `{fitted}` stands where the recipe and the levels make `{made}`"))
        }
        None if made.len() != fitted.len() => Err(format!(
            "`{field}`: there are {} names, but the recipe and the levels make {}",
            fitted.len(),
            made.len()
        )),
        None => Ok(()),
    }
}

/// The version and the kind alone.
#[derive(Deserialize)]
struct Version {
    glm_model: u32,
    #[serde(default)]
    family: Option<Kind>,
}

/// What the text says, or what is wrong with it and in which field.
fn parsed<T: DeserializeOwned>(text: &str) -> std::result::Result<T, String> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let (path, error) = (error.path().to_string(), error.inner());
        match error.classify() {
            Category::Eof if text.trim().is_empty() => "it is empty".into(),
            Category::Eof => format!("it is cut short: {error}"),
            Category::Syntax if path == "." => format!("it is not JSON: {error}"),
            Category::Data if path == "." => error.to_string(),
            _ => format!("`{path}`: {error}"),
        }
    })?;
    json.end().map_err(|error| error.to_string())?;
    Ok(value)
}

/// The error of a file that is no saved model, for this reason.
fn no_model(path: &Path, reason: &str) -> Error {
    let advice = "give a file that --save wrote, or fit the model again";
    Error::file(path, format!("is no model saved by `glm fit --save`: {reason}; {advice}"))
}

fn read(path: &Path) -> Result<String> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::InvalidData => no_model(path, "it is not text"),
        _ => Error::file(path, format!("can't be read: {error}")),
    };
    let mut text = String::new();
    let bytes = File::open(path).map_err(failed)?.take(MOST_BYTES).read_to_string(&mut text).map_err(failed)?;
    match bytes as u64 == MOST_BYTES {
        true => Err(Error::file(path, format!("has {MOST_BYTES} bytes or more, which no saved model has"))),
        false => Ok(text),
    }
}

/// A map in which no key stands twice: the second would silently take the place of the first.
fn distinct_keys<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Levels, D::Error> {
    struct Distinct;
    impl<'de> Visitor<'de> for Distinct {
        type Value = Levels;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map from variables to their levels")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Levels, A::Error> {
            let mut levels = Levels::new();
            while let Some((name, of_name)) = map.next_entry::<String, Vec<String>>()? {
                if levels.contains_key(&name) {
                    return Err(A::Error::custom(format!("the variable `{name}` stands there twice")));
                }
                levels.insert(name, of_name);
            }
            Ok(levels)
        }
    }
    deserializer.deserialize_map(Distinct)
}
