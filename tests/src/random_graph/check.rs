//! What must hold of any recording: its interpreter and its programs agree, and nothing panics.

use super::record;
use crate::stochastic::{self, Stochastic};
use autodiff::{Processor, Result, Rewrites, Scalar, Tape, Var};
use ndarray::ArrayD;

/// How many evaluations with random rounding show what is stable: none, where results agree to a few units in the last place; the last
/// number where fewer find nothing unstable though results differ: a difference of rounding errors may by chance be 0 a few times in a row.
const SAMPLES: [u64; 3] = [0, 4, 128];

/// How many times the spread of these the interpreter and a program may be apart: their functions are good to four units in
/// the last place, the random rounding moves by one.
const SPREADS: f64 = 256.0;

/// What a recording is evaluated at: its nodes, then a loss of them and the loss's derivatives by the inputs.
pub(super) fn outputs<'t, T: Scalar>(tape: &'t Tape<T>, bytes: &[u8]) -> Vec<Var<'t, T>> {
    let recording = record(tape, bytes);
    let (inputs, nodes) = recording.nodes.split_at(recording.leaves);
    // The last few nodes only: a recording's dead ends are dropped by a program, and shouldn't all be kept alive.
    let ends: Vec<Var<'t, T>> = nodes.iter().rev().take(3).copied().collect();
    let mut outputs = nodes.to_vec();
    if let Some(loss) = ends.iter().map(|end| end.sum()).reduce(|a, b| a + b) {
        outputs.push(loss);
        let gradients = loss.grads(inputs);
        outputs.extend_from_slice(&gradients);
        // The third input is a vector of parameters.
        outputs.push(loss.hvp(inputs[2], inputs[2]));
    }
    outputs
}

fn interpret<T: Scalar>(bytes: &[u8], rewrites: Rewrites) -> Result<Vec<ArrayD<T>>> {
    let tape = Tape::new();
    tape.set_rewrites(rewrites);
    outputs(&tape, bytes).iter().map(|output| output.value()).collect()
}

/// Records what `bytes` say, evaluates it every way there is, and asserts that the results agree wherever rounding leaves
/// them any meaning: with and without rewrites, twice in one workspace, and with any number of threads (there bit for bit).
///
/// Returns how many programs were compared with the interpreter.
///
/// # Panics
/// Where they don't agree.
pub fn check(bytes: &[u8]) -> usize {
    let mut programs = 0;
    let has_data = record(&Tape::<f64>::new(), bytes).nodes[1].value().is_ok_and(|y| !y.is_empty());
    for rewrites in [Rewrites::NONE, Rewrites::ALL] {
        let tape = Tape::<f64>::new();
        tape.set_rewrites(rewrites);
        let outputs = outputs(&tape, bytes);
        let interpreted: Result<Vec<ArrayD<f64>>> = outputs.iter().map(|output| output.value()).collect();
        let compiled = run(&tape, &outputs);
        let (interpreted, compiled) = match (interpreted, compiled) {
            (Ok(interpreted), Ok(compiled)) => (interpreted, compiled),
            // A program may leave out what failed, or fail first at something else.
            (Err(_), _) => continue,
            (Ok(_), Err(_)) if may_fail(bytes, rewrites) => continue,
            (Ok(_), Err(error)) => panic!("the interpreter runs, but not the program: {error}\n{outputs:?}"),
        };
        let is_finite = interpreted.iter().flatten().all(|x| x.is_finite());
        // A rewrite may turn an infinity into the number that was meant, and all that follows from it.
        if is_finite || rewrites == Rewrites::NONE {
            programs += 1;
            let compared = |samples: u64| {
                let spreads = Spread::of(bytes, rewrites, &interpreted, samples);
                let mut pairs = compiled.iter().zip(&interpreted).zip(&spreads).enumerate();
                pairs.try_for_each(|(index, ((found, wanted), spread))| {
                    compare(found, wanted, spread, [is_finite, has_data])
                        .map_err(|differ| format!("output {index} {differ}"))
                })
            };
            let [first, more @ ..] = SAMPLES;
            if let Err(differ) =
                more.into_iter().fold(compared(first), |outcome, samples| outcome.or_else(|_| compared(samples)))
            {
                let applied = tape.compile(&outputs).map(|program| program.rewrites().to_vec());
                let drawn = tape.display(&outputs).with_values().map(|drawn| drawn.to_string());
                let drawn = drawn.unwrap_or_else(|error| error.to_string());
                panic!("{differ}: with {applied:#?} of {outputs:#?} of\n{drawn}");
            }
        }
    }
    programs
}

/// Whether rounding decides if the recording can be evaluated: if a matrix is positive definite, say.
fn may_fail(bytes: &[u8], rewrites: Rewrites) -> bool {
    (0..SAMPLES[2]).any(|sample| sampled(bytes, rewrites, sample).is_err())
}

/// An evaluation with random rounding.
fn sampled(bytes: &[u8], rewrites: Rewrites, sample: u64) -> Result<Vec<ArrayD<Stochastic>>> {
    stochastic::seed(sample.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    interpret::<Stochastic>(bytes, rewrites)
}

/// The outputs by a program, which must be the same to the last bit however often and with however many threads it runs.
fn run(tape: &Tape<f64>, outputs: &[Var<'_, f64>]) -> Result<Vec<ArrayD<f64>>> {
    let program = tape.compile(outputs)?.with_threads(1);
    let results = program.run(&[])?;
    let mut workspace = program.workspace();
    for _ in 0..2 {
        let mut again: Vec<ArrayD<f64>> =
            results.iter().map(|result| ArrayD::from_elem(result.raw_dim(), 7.0)).collect();
        let mut views: Vec<_> = again.iter_mut().map(|result| result.view_mut()).collect();
        program.run_into(&mut workspace, &[], &mut views)?;
        assert_same_bits(&results, &again, "in a workspace used before");
    }
    assert_same_bits(&results, &program.with_threads(3).run(&[])?, "with three threads");
    Ok(results.into_vec())
}

fn assert_same_bits(a: &[ArrayD<f64>], b: &[ArrayD<f64>], how: &str) {
    let bits = |results: &[ArrayD<f64>]| results.iter().flatten().map(bits_of).collect::<Vec<_>>();
    assert!(bits(a) == bits(b), "run {how}, the program gives other results: {a:?} and {b:?}");
}

/// Records what `bytes` say and compiles it for every kind of processor that this one can be, with smaller and larger caches and with either way of
/// reading rows: all those that multiply and add with one rounding must give the same bits, and so must those with two.
///
/// # Panics
/// Where they don't.
pub fn check_processors<T: Scalar>(bytes: &[u8]) {
    let tape = Tape::<T>::new();
    let outputs = outputs(&tape, bytes);
    if tape.check().is_err() {
        return;
    }
    let mut wanted: [Option<(Processor, Vec<u64>)>; 2] = [None, None];
    for processor in processors() {
        // What can't be evaluated fails for all of them: a failure is like any other result.
        let results = tape.compile_for(&outputs, processor).and_then(|program| program.run(&[]));
        let found = results.map_or(Vec::new(), |results| results.iter().flatten().map(bits_of).collect());
        let (first, wanted) =
            wanted[usize::from(processor.has_fused_multiply_add())].get_or_insert_with(|| (processor, found.clone()));
        assert!(found == *wanted, "not the same bits for {processor} and {first}: {outputs:#?}");
    }
}

/// The kinds of processor, each with three sizes of cache and of blocks and both ways of reading rows.
fn processors() -> Vec<Processor> {
    let mut all = Vec::new();
    for kind in Processor::kinds() {
        let variants = [(8, 1, true), (48, 7, false), (256, 60, true)].map(|(cache, block, in_order)| {
            kind.with_first_level_bytes(cache << 10).with_block_bytes(block << 10).with_rows_in_order(in_order)
        });
        all.extend(variants);
    }
    all
}

/// The bits of a number as an `f64`; one kind of NaN, whose payload is no result.
fn bits_of<T: Scalar>(x: &T) -> u64 {
    let x = x.to_f64().unwrap_or(f64::NAN);
    if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() }
}

/// How far rounding moves the elements of an output, and whether it changes their kind.
struct Spread {
    distance: ArrayD<f64>,
    is_stable: ArrayD<bool>,
}

impl Spread {
    /// The spreads of the outputs around their values, over so many evaluations.
    fn of(bytes: &[u8], rewrites: Rewrites, values: &[ArrayD<f64>], samples: u64) -> Vec<Spread> {
        let start = |value: &ArrayD<f64>| Spread {
            distance: value.mapv(|x| x.abs() * 4.0 * f64::EPSILON + f64::MIN_POSITIVE),
            is_stable: value.mapv(|_| true),
        };
        let mut spreads: Vec<Spread> = values.iter().map(start).collect();
        for sample in 0..samples {
            // A recording that fails under random rounding, or goes to the ends of the range, is not stable anywhere.
            let sampled = sampled(bytes, rewrites, sample);
            for (index, (spread, value)) in spreads.iter_mut().zip(values).enumerate() {
                match &sampled {
                    Ok(sampled) if !stochastic::is_extreme() => spread.widen(value, &sampled[index]),
                    _ => spread.is_stable.fill(false),
                }
            }
        }
        spreads
    }

    fn widen(&mut self, value: &ArrayD<f64>, sample: &ArrayD<Stochastic>) {
        ndarray::Zip::from(&mut self.distance).and(&mut self.is_stable).and(value).and(sample).for_each(
            |distance, is_stable, &value, &Stochastic(sample)| {
                let same_kind =
                    value == sample || (value.is_nan() && sample.is_nan()) || (value.is_finite() && sample.is_finite());
                *is_stable &= same_kind;
                if value.is_finite() && sample.is_finite() {
                    *distance = distance.max((value - sample).abs());
                }
            },
        );
    }
}

/// Whether `found` is `wanted` within the spread, or how it isn't. Where infinities or NaNs occur on the way (`!is_finite`), their order
/// of summation may decide whether a sum is ∞ or NaN, so only a finite result must be found again. A factor
/// is taken out of a sum over the rows: over no rows (`!has_data`) the sum is 0 before and NaN after where the factor is infinite.
fn compare(
    found: &ArrayD<f64>,
    wanted: &ArrayD<f64>,
    spread: &Spread,
    [is_finite, has_data]: [bool; 2],
) -> std::result::Result<(), String> {
    if found.shape() != wanted.shape() {
        return Err(format!("has shape {:?} in the program, {:?} in the interpreter", found.shape(), wanted.shape()));
    }
    for (index, &wanted) in wanted.indexed_iter() {
        let (found, distance, is_stable) = (found[&index], spread.distance[&index], spread.is_stable[&index]);
        let agree = if !has_data && !found.is_finite() {
            true
        } else if wanted.is_finite() {
            (found - wanted).abs() <= SPREADS * distance
        } else {
            !is_finite || found == wanted || (found.is_nan() && wanted.is_nan())
        };
        if !agree && is_stable {
            return Err(format!(
                "at {index:?} is {found:e} in the program, {wanted:e} in the interpreter (±{distance:e})"
            ));
        }
    }
    Ok(())
}
