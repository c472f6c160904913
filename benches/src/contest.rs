//! Contenders that take turns.
//!
//! A *round* times each contender once, in an order drawn anew, from a fixed seed. A turn begins with a call that isn't timed,
//! unless calls are long: the first one after another process pays for what that has put out of the caches. A short call is
//! repeated within a turn so often that the clock's grain and the turn's own cost vanish. Figures are medians over rounds; ratios
//! are medians of the ratios within rounds, which cancels what slows a whole round down.

use crate::Result;
use crate::data::Draws;
use crate::settings::Settings;
use std::time::{Duration, Instant};

/// A turn is at least this long, so that data that fit are read from a cache: from the second call on, or the third.
const TURN: f64 = 1e-2;
/// In calls of this many seconds it doesn't show what came before.
const LONG: f64 = 0.5;
/// Rounds go on until this time is over, …
const TIME: Duration = Duration::from_secs(12);
/// … but there are never fewer, nor more, than these.
const ROUNDS: std::ops::RangeInclusive<usize> = 7..=101;

/// Takes a number of calls, makes them, and gives the seconds they took together.
type Turn<'c> = Box<dyn FnMut(usize) -> Result<f64> + 'c>;

/// One implementation of a case.
struct Contender<'c> {
    name: String,
    turn: Turn<'c>,
    /// Calls a turn.
    calls: usize,
    /// Seconds a call, by round.
    seconds: Vec<f64>,
}

/// The contenders of one case, on the same data.
pub struct Contest<'c> {
    settings: &'c Settings,
    bytes: f64,
    contenders: Vec<Contender<'c>>,
    /// The digest all must agree on, and whose it is.
    digest: Option<(f64, String)>,
}

/// The times of one contender.
#[derive(Clone, Debug)]
pub struct Times {
    /// The contender's name.
    pub name: String,
    /// The median of the seconds a call took.
    pub median: f64,
    /// The least of them.
    pub least: f64,
    /// The median of the ratios of its time to that of the first contender in the same round.
    pub ratio: f64,
}

impl<'c> Contest<'c> {
    /// A contest on data of `bytes` bytes.
    pub fn new(settings: &'c Settings, bytes: usize) -> Self {
        Contest { settings, bytes: bytes as f64, contenders: Vec::new(), digest: None }
    }

    /// The settings of the run.
    pub fn settings(&self) -> &'c Settings {
        self.settings
    }

    /// The bytes of the data.
    pub fn bytes(&self) -> f64 {
        self.bytes
    }

    /// A contender in this process: `call` computes once, and gives the sum of all results.
    ///
    /// # Errors
    /// Results that disagree with those of earlier contenders.
    pub fn enter(&mut self, name: &str, mut call: impl FnMut() -> Result<f64> + 'c) -> Result<()> {
        let digest = call()?;
        self.agree(name, digest)?;
        self.enter_unchecked(name, move || call().map(drop))
    }

    /// A contender in this process that computes something else than the others.
    ///
    /// # Errors
    /// None here.
    pub fn enter_unchecked(&mut self, name: &str, mut call: impl FnMut() -> Result<()> + 'c) -> Result<()> {
        self.enter_turns(name, move |calls| {
            let start = Instant::now();
            for _ in 0..calls {
                call()?;
            }
            Ok(start.elapsed().as_secs_f64())
        });
        Ok(())
    }

    /// A contender that measures itself.
    pub fn enter_turns(&mut self, name: &str, turn: impl FnMut(usize) -> Result<f64> + 'c) {
        let turn = Box::new(turn);
        self.contenders.push(Contender { name: name.into(), turn, calls: 1, seconds: Vec::new() });
    }

    /// Whether `digest`, the sum of all results of contender `name`, is that of the others: to rounding, whose share grows
    /// with the rows.
    ///
    /// # Errors
    /// It isn't.
    pub fn agree(&mut self, name: &str, digest: f64) -> Result<()> {
        let tolerance = match self.settings.dtype {
            crate::settings::Dtype::F64 => 1e-8,
            crate::settings::Dtype::F32 => 1e-3,
        };
        match &self.digest {
            None => self.digest = Some((digest, name.into())),
            Some((expected, whose)) if (digest - expected).abs() > tolerance * expected.abs().max(1.0) => {
                return Err(format!("{name} gives {digest:e}, but {whose} gives {expected:e}").into());
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Runs the rounds.
    ///
    /// # Errors
    /// A contender's failure.
    pub fn run(mut self) -> Result<Vec<Times>> {
        for contender in &mut self.contenders {
            contender.warm_up()?;
        }
        let start = Instant::now();
        let mut order: Vec<usize> = (0..self.contenders.len()).collect();
        let mut draws = Draws::new(0);
        let mut round = 0;
        while round < *ROUNDS.start() || (round < *ROUNDS.end() && start.elapsed() < TIME) {
            draws.shuffle(&mut order);
            for &turn in &order {
                self.contenders[turn].take_turn()?;
            }
            round += 1;
        }
        let Some(first) = self.contenders.first().map(|contender| contender.seconds.clone()) else {
            return Ok(Vec::new());
        };
        Ok(self.contenders.iter().map(|contender| contender.times(&first)).collect())
    }
}

impl Contender<'_> {
    /// Finds how many calls make a turn.
    fn warm_up(&mut self) -> Result<()> {
        loop {
            let seconds = (self.turn)(self.calls)?;
            if seconds >= TURN || self.calls >= 1 << 20 {
                return Ok(());
            }
            let wanted = (1.2 * TURN / seconds.max(1e-9)).ceil();
            self.calls = (self.calls as f64 * wanted.clamp(2.0, 100.0)) as usize;
        }
    }

    fn take_turn(&mut self) -> Result<()> {
        if self.seconds.last().is_none_or(|&last| last < LONG) {
            (self.turn)(1)?;
        }
        let seconds = (self.turn)(self.calls)?;
        self.seconds.push(seconds / self.calls as f64);
        Ok(())
    }

    fn times(&self, first: &[f64]) -> Times {
        let ratios = self.seconds.iter().zip(first).map(|(seconds, first)| seconds / first);
        Times {
            name: self.name.clone(),
            median: median(self.seconds.iter().copied()),
            least: self.seconds.iter().copied().fold(f64::INFINITY, f64::min),
            ratio: median(ratios),
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 0 => (values[middle - 1] + values[middle]) / 2.0,
        _ => values[middle],
    }
}
