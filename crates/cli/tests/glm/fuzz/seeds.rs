//! The valid files that damage is done to, and what is asked of each.

use crate::run::{file, glm, scratch};

/// The formats, in the order of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    Csv,
    Gzip,
    Json,
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    pub fn extension(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Gzip => "csv.gz",
            Format::Json => "json",
            #[cfg(feature = "parquet")]
            Format::Parquet => "parquet",
        }
    }
}

/// A valid file, and commands on it; `FILE` stands for its path.
pub struct Seed {
    pub format: Format,
    pub content: Vec<u8>,
    pub commands: Vec<Vec<String>>,
}

fn seed(format: Format, content: impl Into<Vec<u8>>, commands: &[&str]) -> Seed {
    let words = |command: &&str| command.split(' ').map(String::from).collect();
    Seed { format, content: content.into(), commands: commands.iter().map(words).collect() }
}

const BINARY: &str = "y,x,g\n0,1.5,a\n1,2.5,b\n0,3,c\n1,4,a\n1,2.25,b\n0,3.5,c\n0,1.75,a\n1,4.5,b\n1,3.25,c\n0,2,a\n";
const COUNTS: &str = "count;\"the dose\";w;t\n3;1;1;0.5\n2;2;2;-0.5\n8;3;1;1\n4;4;1;0\n9;2;0.5;1.5\n1;1e0;3;-1\n";
const COMMAS: &str =
    "ja;\"die Dosis\";n\nja;1.000,5;NA\nnein;2,25;2\nja;-9;3\nnein;1.250.000;1\nja;3,5;2\nnein;0,5;1\nja;2;4\n";
const AMOUNTS: &str = "\u{feff}y,k,u\r\n1.5,1,10\r\n2.5,2,20\r\n\r\n0.5,1,30\r\n3.25,2,15\r\n1.25,3,25\r\n4,3,12\r\n";

/// All of them.
pub fn all() -> Vec<Seed> {
    let mut seeds = vec![
        seed(
            Format::Csv,
            BINARY,
            &[
                "fit FILE --response y",
                "check FILE --response y",
                "fit FILE --response y --terms x*factor(g) --ridge 1",
            ],
        ),
        seed(
            Format::Csv,
            COUNTS,
            &["fit FILE --response count --family poisson --weights w --offset t --delimiter ; --json"],
        ),
        seed(
            Format::Csv,
            AMOUNTS,
            &[
                "fit FILE --response y --family gamma --link log --terms factor(k),u",
                "fit FILE --response y --family gaussian --no-intercept",
                "fit FILE --response y --family inverse-gaussian --terms u --json",
            ],
        ),
    ];
    let commas = [
        "fit FILE --response ja --success ja --decimal , --thousands . --na omit --na-words NA,-9 --ridge 1",
        "fit FILE --response n --family poisson --decimal , --thousands . --terms factor(ja,ref=nein) --na omit --json",
    ];
    let classes = [
        "fit FILE --response g --family multinomial --terms x --ridge 1",
        "fit FILE --response g --family ordinal --levels a,b,c --json",
        "check FILE --response g --family ordinal --levels c,a,b",
    ];
    seeds.push(seed(Format::Csv, BINARY, &classes));
    seeds.push(seed(Format::Csv, COMMAS, &commas));
    seeds.push(seed(Format::Gzip, COMMAS, &commas));
    seeds.push(seed(Format::Gzip, BINARY, &["fit FILE --response y --na omit", "check FILE --response y"]));
    seeds.extend(models());
    #[cfg(feature = "parquet")]
    seeds.extend(parquet());
    seeds
}

/// Saved models, and the data that they are applied to, damaged in turn.
fn models() -> Vec<Seed> {
    let mut seeds = Vec::new();
    let fits = [
        ("binary", BINARY, "fit DATA --response y --terms x,g,x:g --ridge 1"),
        ("counts", COUNTS, "fit DATA --response count --family poisson --offset t --terms w --delimiter ;"),
        ("classes", BINARY, "fit DATA --response g --family multinomial --terms x,y --ridge 1"),
        ("levels", BINARY, "fit DATA --response g --family ordinal --levels a,b,c --terms x,y --ridge 1"),
        ("amounts", AMOUNTS, "fit DATA --response y --family gamma --link log --terms factor(k),u"),
    ];
    for (name, data, fit) in fits {
        let (path, model) = (file(&format!("fuzz_{name}.csv"), data), scratch(&format!("fuzz_{name}.json")));
        let words: Vec<&str> = fit.split(' ').map(|word| if word == "DATA" { &path } else { word }).collect();
        let run = glm(&[&words[..], &["--save", &model]].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        let delimiter = if data == COUNTS { " --delimiter ;" } else { "" };
        let content = std::fs::read(&model).unwrap();
        seeds.push(seed(Format::Json, content, &[&format!("predict FILE {path}{delimiter}")]));
        seeds.push(seed(Format::Csv, data, &[&format!("predict {model} FILE{delimiter}")]));
    }
    seeds
}

#[cfg(feature = "parquet")]
fn parquet() -> Vec<Seed> {
    let commands = [
        "fit FILE --response y --terms x,u",
        "fit FILE --response y --terms x,factor(k),g --family gaussian",
        "check FILE --response y --terms k",
    ];
    let of = |missing: bool, name: &str| std::fs::read(crate::parquet::write(name, missing)).unwrap();
    let (whole, with_gaps) = (of(false, "fuzz.parquet"), of(true, "fuzz_gaps.parquet"));
    vec![
        seed(Format::Parquet, whole.clone(), &commands),
        seed(Format::Parquet, whole, &commands),
        seed(Format::Parquet, with_gaps, &commands),
    ]
}
