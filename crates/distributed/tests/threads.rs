//! Processes that are threads: the same bits for any number of them, and an error of one is an error of all.

use autodiff::{Outputs, Program, Tape, bind};
use data::{Adapt, Arrays, Block, Blocks, Failure, Field, Ranks, Source};
use distributed::threads;
use models::fit::{Loss, Options};
use models::inference::Covariance;
use models::{Design, Family, Glm, GlmFit, StreamedGlm, StreamedSoftmax, Terms};
use ndarray::{Array1, Array2};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

fn rows(rows: usize) -> (Array2<f64>, Array1<f64>) {
    let x = Array2::from_shape_fn((rows, 2), |(row, column)| (row as f64 * [0.7, 1.3][column]).sin());
    let y = Array1::from_shape_fn(rows, |row| f64::from((row as f64 * 0.37).sin() + x[[row, 0]] > 0.2));
    (x, y)
}

/// Of two passes.
fn program() -> Program<f64> {
    let tape = Tape::<f64>::new();
    let (x, y, theta) = (tape.rows("x", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
    let eta = x.linear(theta);
    let loss = (eta - eta.mean()).sigmoid().log_loss(y).sum();
    tape.compile(&[loss, loss.grad(theta), loss.hessian(theta), eta.max()]).unwrap().with_threads(1)
}

fn bits(outputs: &Outputs<f64>) -> Vec<u64> {
    outputs.iter().flatten().map(|x| x.to_bits()).collect()
}

#[test]
fn any_number_of_ranks_gives_the_same_bits_as_memory() {
    let program = program();
    let theta = [0.4, -0.3];
    // The first number of rows is less than one part: most ranks have none.
    for count in [0, 3, 200_001] {
        let (x, y) = rows(count);
        let expected = program.run(&[bind("theta", &theta), bind("x", &x), bind("y", &y)]).unwrap();
        let source = Arrays::new().with("x", &x).unwrap().with("y", &y).unwrap().with_block_rows(9_999);
        for size in [1, 2, 3, 4, 5, 8, 11] {
            let found = threads(size, |ranks| data::run_on_ranks(&program, &[bind("theta", &theta)], &source, ranks));
            assert_eq!(found.len(), size);
            for found in found {
                assert_eq!(bits(&found.unwrap()), bits(&expected), "{count} rows, {size} ranks");
            }
        }
    }
}

#[test]
fn every_rank_fits_the_same_model() {
    let (x, y) = rows(150_000);
    let source = Arrays::new().with("a", x.column(0)).unwrap().with("b", x.column(1)).unwrap().with("y", &y).unwrap();
    let design = Design::new(&x).with_names(&["a", "b"]).unwrap();
    let in_memory = Glm::new(design, &y, Family::Binomial).unwrap().fit(&Options::default()).unwrap();
    let alone = StreamedGlm::new(&source, &Terms::new(&["a", "b"]), "y", Family::Binomial).unwrap();
    let expected = alone.fit(&Options::default()).unwrap();
    assert_eq!(expected.coefficients(), in_memory.coefficients());
    assert_eq!((expected.fit.loss, &expected.fit.gradient), (in_memory.fit.loss, &in_memory.fit.gradient));
    for size in [2, 3] {
        for fit in threads(size, |ranks| {
            StreamedGlm::on_ranks(&source, &Terms::new(&["a", "b"]), "y", Family::Binomial, ranks)?
                .fit(&Options::default())
        }) {
            assert_eq!(fit.unwrap(), expected, "{size} ranks");
        }
    }
}

/// A source that counts the rows it gives.
struct Counting<'a> {
    source: Arrays<'a>,
    rows: AtomicUsize,
}

impl<'a> Counting<'a> {
    fn new(source: &Arrays<'a>) -> Self {
        Counting { source: source.clone(), rows: AtomicUsize::new(0) }
    }

    fn counted<'s>(&'s self, blocks: Blocks<'s>) -> Blocks<'s> {
        Box::new(blocks.inspect(|block| {
            self.rows.fetch_add(block.as_ref().map_or(0, |block| block.rows), Ordering::Relaxed);
        }))
    }
}

impl Source for Counting<'_> {
    fn fields(&self) -> &[Field] {
        self.source.fields()
    }

    fn rows(&self) -> Option<usize> {
        self.source.rows()
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> data::Result<Blocks<'s>> {
        Ok(self.counted(self.source.blocks(columns)?))
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> data::Result<Blocks<'s>> {
        Ok(self.counted(self.source.blocks_of(columns, rows)?))
    }
}

/// Everything that a fit of a source takes passes for: levels, the first pass, subsamples, gradients, information, figures of merit.
fn fitted(source: &Counting<'_>, family: Family, ranks: Option<&dyn Ranks>) -> models::Result<(GlmFit, Vec<f64>)> {
    let source = match ranks {
        None => source.with_levels(&["level"])?,
        Some(ranks) => source.with_levels_on_ranks(&["level"], ranks)?,
    };
    let terms = Terms::new(&["a", "b"]).with_factor("level", source.levels("level")?).with_offset("o");
    let model = match ranks {
        None => StreamedGlm::new(&source, &terms, "y", family)?,
        Some(ranks) => StreamedGlm::on_ranks(&source, &terms, "y", family, ranks)?,
    };
    let fit = model.fit(&Options::default())?;
    let found = model.inference(&fit, Covariance::Expected)?;
    let errors = found.coefficients.iter().map(|coefficient| coefficient.std_error);
    let figures = errors.chain([found.deviance, found.null_deviance, found.log_likelihood]).collect();
    Ok((fit, figures))
}

#[test]
fn every_rank_reads_its_share_in_every_pass() {
    // Of several pieces, the last one short; and with so many levels that rows are mostly zeros.
    const ROWS: usize = 200_000;
    let (x, y) = rows(ROWS);
    let (small, level) = (x.mapv(|x| x / 4.0), Array1::from_shape_fn(ROWS, |row| (row * 7 % 71) as f64));
    for family in [Family::Binomial, Family::Poisson] {
        let source = Arrays::new().with("a", small.column(0)).unwrap().with("b", small.column(1)).unwrap();
        let source = source.with("y", &y).unwrap().with("level", &level).unwrap().with("o", x.column(1)).unwrap();
        let alone = Counting::new(&source);
        let expected = fitted(&alone, family, None).unwrap();
        assert!(expected.0.fit.converged());
        for size in [2, 3] {
            let found = threads(size, |ranks| {
                let source = Counting::new(&source);
                let found = fitted(&source, family, Some(ranks));
                (found, source.rows.into_inner())
            });
            let read: usize = found.iter().map(|(_, rows)| rows).sum();
            assert_eq!(read, alone.rows.load(Ordering::Relaxed), "{family:?} by {size} ranks");
            for (found, read_by_one) in found {
                assert_eq!(found.unwrap(), expected, "{family:?} by {size} ranks");
                assert!(read_by_one < read * 2 / 3, "{read_by_one} of {read} rows");
            }
        }
    }
}

#[test]
fn ranks_without_rows_have_the_others_results() {
    // Fewer pieces than ranks; a piece that is just full, and one row more.
    for count in [99, 1 << 16, (1 << 16) + 1] {
        let (x, y) = rows(count);
        let level = Array1::from_shape_fn(count, |row| (row % 3) as f64);
        let source = Arrays::new().with("a", x.column(0)).unwrap().with("b", x.column(1)).unwrap();
        let source = source.with("y", &y).unwrap().with("level", &level).unwrap().with("o", x.column(1)).unwrap();
        for family in [Family::Binomial, Family::Gaussian] {
            let expected = fitted(&Counting::new(&source), family, None).unwrap();
            for size in [2, 3, 5] {
                for found in threads(size, |ranks| fitted(&Counting::new(&source), family, Some(ranks))) {
                    assert_eq!(found.unwrap(), expected, "{count} rows, {family:?} by {size} ranks");
                }
            }
        }
    }
}

#[test]
fn an_own_loss_and_classes_fit_alike_on_all_ranks() {
    let (x, y) = rows(150_000);
    let labels = y.mapv(|y| y as usize);
    let source = Arrays::new().with("x", &x).unwrap().with("y", &y).unwrap().with_indices_of("label", &labels).unwrap();
    let own = |ranks: Option<&dyn Ranks>| {
        let tape = Tape::<f64>::new();
        let (x, y, theta) = (tape.rows("x", &[2]), tape.rows("y", &[]), tape.input("theta", &[2]));
        let loss = Loss::new(x.linear(theta).sigmoid().log_loss(y).sum(), &[theta]);
        let loss = match ranks {
            None => loss.over(&source)?,
            Some(ranks) => loss.over_on_ranks(&source, ranks)?,
        };
        Ok::<_, models::Error>(loss.minimise(&Options::default())?.fit)
    };
    let classes = |ranks: Option<&dyn Ranks>| {
        let (terms, names) = (Terms::new(&["x"]), ["no", "yes"]);
        let model = match ranks {
            None => StreamedSoftmax::new(&source, &terms, "label", &names)?,
            Some(ranks) => StreamedSoftmax::on_ranks(&source, &terms, "label", &names, ranks)?,
        };
        let fit = model.fit(&Options::default())?;
        let deviance = model.inference(&fit)?.null_deviance;
        Ok::<_, models::Error>((fit, deviance))
    };
    let expected = (own(None).unwrap(), classes(None).unwrap());
    for size in [2, 3] {
        for found in threads(size, |ranks| (own(Some(ranks)), classes(Some(ranks)))) {
            assert_eq!((found.0.unwrap(), found.1.unwrap()), expected, "{size} ranks");
        }
    }
}

/// A source whose rows from one on can't be read by one rank.
struct Faulty<'a> {
    source: Arrays<'a>,
    from: Option<usize>,
}

impl Source for Faulty<'_> {
    fn fields(&self) -> &[Field] {
        self.source.fields()
    }

    fn rows(&self) -> Option<usize> {
        self.source.rows()
    }

    fn blocks<'s>(&'s self, columns: &[usize]) -> data::Result<Blocks<'s>> {
        self.source.blocks(columns)
    }

    fn blocks_of<'s>(&'s self, columns: &[usize], rows: Range<usize>) -> data::Result<Blocks<'s>> {
        let from = self.from.unwrap_or(usize::MAX);
        let check = move |block: data::Result<Block<'s>>| {
            let block = block?;
            match block.place.first + block.rows > from {
                true => Err(block.place.cell(0, "x", "the disk is broken")),
                false => Ok(block),
            }
        };
        Ok(Box::new(self.source.blocks_of(columns, rows)?.map(check)))
    }
}

#[test]
fn an_error_of_one_rank_is_an_error_of_all() {
    let (x, y) = rows(200_000);
    let program = program();
    let results = threads(3, |ranks| {
        let source = Arrays::new().with("x", &x).unwrap().with("y", &y).unwrap().with_block_rows(1_000);
        let from = (ranks.rank() == 1).then_some(70_000);
        data::run_on_ranks(&program, &[bind("theta", &[0.1, 0.2])], &Faulty { source, from }, ranks)
    });
    let messages: Vec<String> = results.into_iter().map(|result| result.unwrap_err().to_string()).collect();
    assert!(messages.iter().all(|message| message.contains("the disk is broken")), "{messages:?}");
    assert!(messages[0].starts_with("rank 1: ") && messages[2].starts_with("rank 1: "), "{messages:?}");
}

#[test]
fn ranks_that_have_other_rows_are_told() {
    let (x, y) = rows(200_000);
    let program = program();
    for size in 2..6 {
        let results = threads(size, |ranks| {
            let rows = if ranks.rank() + 1 == ranks.size() { 100 } else { 200_000 };
            let [x, y] = [x.slice(ndarray::s![..rows, ..]).into_dyn(), y.slice(ndarray::s![..rows]).into_dyn()];
            let source = Arrays::new().with("x", &x).unwrap().with("y", &y).unwrap();
            data::run_on_ranks(&program, &[bind("theta", &[0.1, 0.2])], &source, ranks)
        });
        for result in results {
            let message = result.unwrap_err().to_string();
            let last = size - 1;
            assert!(message.starts_with(&format!("rank {last}: it has 100 rows, where rank ")), "{message}");
        }
    }
}

/// What ranks that end in these ways all are told.
fn concluded(ends: &[Option<(u8, &str)>]) -> Option<Failure> {
    let mut all = threads(ends.len(), |ranks| data::conclude(ranks, ends[ranks.rank()]).unwrap());
    let first = all.remove(0);
    assert!(all.iter().all(|other| *other == first), "{first:?} and {all:?}");
    first
}

#[test]
fn all_are_told_how_the_first_that_failed_did() {
    let failure = |rank, status, reason: &str| Some(Failure { rank, status, reason: reason.into() });
    for size in 1..7 {
        assert_eq!(concluded(&vec![None; size]), None);
        assert_eq!(concluded(&vec![Some((2, "no such file")); size]), failure(None, 2, "no such file"));
        for first in 0..size {
            let mut ends = vec![None; size];
            ends[first..].fill(Some((1, "later")));
            ends[first] = Some((7, "first"));
            let rank = (size > 1).then_some(first);
            assert_eq!(concluded(&ends), failure(rank, 7, "first"), "{first} of {size}");
        }
    }
}

#[test]
fn one_that_ends_early_is_an_error_of_the_exchange_the_others_are_in() {
    for size in 2..6 {
        for early in 0..size {
            let ended = threads(size, |ranks| {
                let own = (ranks.rank() == early).then_some((3, "out of memory"));
                if own.is_none() {
                    let given = data::exchange(ranks, Ok::<_, data::Error>(vec![1]), |left, _| Ok(left));
                    assert_eq!(given.unwrap_err().to_string(), format!("rank {early}: out of memory"));
                }
                data::conclude(ranks, own).unwrap()
            });
            let failure = Failure { rank: Some(early), status: 3, reason: "out of memory".into() };
            assert!(ended.iter().all(|end| end.as_ref() == Some(&failure)), "{ended:?}");
        }
    }
}

#[test]
fn to_wait_for_one_that_has_ended_is_an_error() {
    let results = threads(3, |ranks| match ranks.rank() {
        2 => Ok(()),
        _ => data::exchange(ranks, Ok::<_, data::Error>(Vec::new()), |left, _| Ok(left)).map(|_| ()),
    });
    assert!(results[0].as_ref().unwrap_err().to_string().contains("rank 2: it has ended"));
}

#[test]
fn shares_are_whole_parts_of_all_rows() {
    for (rows, part) in [(0, 16), (1, 16), (16, 16), (17, 16), (1_000, 64), (1_000, 1 << 48)] {
        for size in 1..6 {
            let shares: Vec<Range<usize>> = (0..size).map(|rank| data::share(rows, part, rank, size)).collect();
            assert_eq!((shares[0].start, shares[size - 1].end), (0, rows));
            for pair in shares.windows(2) {
                assert_eq!(pair[0].end, pair[1].start);
                assert!(pair[0].end.is_multiple_of(part) || pair[0].end == rows);
            }
        }
    }
}

#[test]
fn ranks_that_were_given_something_else_are_told() {
    let given = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect::<Vec<_>>()
    };
    let usual = given(&[("--family", "poisson"), ("--terms", "x")]);
    for (other, told) in [
        (given(&[("--family", "poisson"), ("--terms", "z")]), "its --terms is z, where that of rank 0 is x"),
        (given(&[("--family", "poisson")]), "its --terms is not given, where that of rank 0 is x"),
        (
            given(&[("--family", "poisson"), ("--terms", "x"), ("--ridge", "1")]),
            "its --ridge is 1, where that of rank 0 is not given",
        ),
    ] {
        for odd in 1..4 {
            let found = threads(4, |ranks| data::agree(ranks, if ranks.rank() == odd { &other } else { &usual }));
            for error in found {
                let error = error.unwrap_err();
                assert!(
                    matches!(&error, data::Error::Rank { rank, reason } if *rank == odd && reason.starts_with(told)),
                    "{error}"
                );
            }
        }
    }
    assert!(threads(5, |ranks| data::agree(ranks, &usual)).into_iter().all(|agreed| agreed.is_ok()));
}

#[test]
fn ranks_may_have_the_same_files_elsewhere_but_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let own = vec![file("a", "x\n1\n"), file("b", "x\n2\n")];
    let copied = vec![file("copy a", "x\n1\n"), file("copy b", "x\n2\n")];
    let agree = |other: &[std::path::PathBuf]| {
        threads(3, |ranks| data::agree_on_files(ranks, if ranks.rank() == 2 { other } else { &own }))
    };
    assert!([&own, &copied].into_iter().all(|other| agree(other).into_iter().all(|agreed| agreed.is_ok())));
    let changed = [copied[0].clone(), file("changed", "x\n3\n")];
    for (other, told) in [(&changed[..], "its data file 2 is"), (&copied[..1], "its data file 2 is not given")] {
        for error in agree(other) {
            let error = error.unwrap_err();
            assert!(matches!(&error, data::Error::Rank { rank: 2, reason } if reason.starts_with(told)), "{error}");
        }
    }
    let gone = [copied[0].clone(), folder.path().join("gone")];
    assert!(agree(&gone).into_iter().all(|agreed| agreed.is_err_and(|error| error.to_string().contains("gone"))));
}
