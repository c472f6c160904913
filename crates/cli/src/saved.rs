//! A fitted model as a file.

use crate::classes::{self, Kind};
use crate::design::{Columns, Levels};
use crate::error::{Error, Result};
use crate::evidence::Evidence;
use crate::files;
use crate::recipe::Recipe;
use models::GlmFit;
use models::ordinal::OrdinalFit;
use models::softmax::SoftmaxFit;
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The version of the format; it changes when older programs can't read the file any more.
pub const VERSION: u32 = 2;
/// The oldest version that is read; its files have no evidence.
const OLDEST: u32 = 1;
/// The most bytes that a model is read of: some ten million coefficients.
const MOST_BYTES: u64 = 1 << 30;

/// All that a prediction needs.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// The version of the format.
    glm_model: u32,
    /// Which columns play which role.
    pub recipe: Recipe,
    /// The levels of the categorical variables.
    #[serde(deserialize_with = "distinct_keys")]
    pub levels: Levels,
    /// The fit.
    pub fit: GlmFit,
    /// What the data say of it.
    #[serde(default)]
    evidence: Option<Evidence>,
}

impl Saved {
    /// A model to save.
    pub fn new(recipe: Recipe, levels: Levels, fit: GlmFit, evidence: Evidence) -> Saved {
        Saved { glm_model: VERSION, recipe, levels, fit, evidence: Some(evidence) }
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

    /// Writes the model as JSON.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::file(path, format!("{error}")))?;
        files::replace(path, (text + "\n").as_bytes())
    }

    /// Reads a saved model, and makes sure that its parts fit together.
    pub fn load(path: &Path) -> Result<Saved> {
        match Loaded::read(path)? {
            Loaded::Glm(saved) => Ok(saved),
            Loaded::Multinomial(_) | Loaded::Ordinal(_) => {
                Err(Error::file(path, "is a model of classes; this needs a generalised linear model"))
            }
        }
    }
}

/// A saved model of whichever kind.
pub enum Loaded {
    /// A generalised linear model.
    Glm(Saved),
    /// A multinomial model.
    Multinomial(classes::Saved<SoftmaxFit>),
    /// An ordinal model.
    Ordinal(classes::Saved<OrdinalFit>),
}

impl Loaded {
    /// Reads a saved model, and makes sure that its parts fit together.
    pub fn read(path: &Path) -> Result<Loaded> {
        let broken = |reason: String| Error::file(path, format!("is no model saved by `glm fit --save`: {reason}"));
        let text = read(path)?;
        // The version first: another one may well have other fields.
        let version: Version = parsed(&text).map_err(broken)?;
        if !(OLDEST..=VERSION).contains(&version.glm_model) {
            let found = version.glm_model;
            let reason =
                format!("has format {found}; this glm reads formats {OLDEST} to {VERSION}: fit the model again");
            return Err(Error::file(path, reason));
        }
        match version.family {
            None => {
                let saved: Saved = parsed(&text).map_err(broken)?;
                saved.check().map_err(broken)?;
                Ok(Loaded::Glm(saved))
            }
            Some(Kind::Multinomial) => {
                let saved: classes::Saved<SoftmaxFit> = parsed(&text).map_err(broken)?;
                saved.check().map_err(broken)?;
                Ok(Loaded::Multinomial(saved))
            }
            Some(Kind::Ordinal) => {
                let saved: classes::Saved<OrdinalFit> = parsed(&text).map_err(broken)?;
                saved.check().map_err(broken)?;
                Ok(Loaded::Ordinal(saved))
            }
        }
    }
}

impl Saved {
    /// Refuses parts that don't fit together, naming the field.
    fn check(&self) -> std::result::Result<(), String> {
        self.fit.check().map_err(|error| format!("`fit`: {error}"))?;
        match &self.evidence {
            Some(evidence) => {
                evidence.check(self.fit.names().len()).map_err(|reason| format!("`evidence`: {reason}"))?;
            }
            None if self.glm_model > OLDEST => return Err("missing field `evidence`".into()),
            None => {}
        }
        // Levels without rows have no coefficients either.
        let aliased = [self.recipe.aliased.as_slice(), &self.fit.aliased].concat();
        let recipe = Recipe { aliased, ..self.recipe.clone() };
        check_parts(&recipe, &self.levels, "fit.fit.names", self.fit.names())
    }
}

/// Refuses a recipe and levels that don't fit together, or don't make coefficients of these names, which stand in this field.
pub fn check_parts(recipe: &Recipe, levels: &Levels, field: &str, names: &[String]) -> std::result::Result<(), String> {
    for (name, levels) in levels {
        let mut seen = HashSet::new();
        if let Some(twice) = levels.iter().find(|level| !seen.insert(*level)) {
            return Err(format!("`levels.{name}`: the level `{twice}` stands there twice"));
        }
    }
    recipe.check().map_err(|reason| format!("`recipe`: {reason}"))?;
    let variables: HashSet<String> =
        recipe.terms.iter().flat_map(|term| &term.variables).map(|variable| variable.name()).collect();
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
    let value = serde_path_to_error::deserialize(&mut json)
        .map_err(|error| format!("`{}`: {}", error.path(), error.inner()))?;
    json.end().map_err(|error| error.to_string())?;
    Ok(value)
}

fn read(path: &Path) -> Result<String> {
    let failed = |error: std::io::Error| Error::file(path, format!("can't be read: {error}"));
    let mut text = String::new();
    let bytes = File::open(path).map_err(failed)?.take(MOST_BYTES).read_to_string(&mut text).map_err(failed)?;
    match bytes as u64 == MOST_BYTES {
        true => Err(Error::file(path, format!("has {MOST_BYTES} bytes or more, which no saved model has"))),
        false => Ok(text),
    }
}

/// A map in which no key stands twice: the second would silently take the place of the first.
pub fn distinct_keys<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Levels, D::Error> {
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
