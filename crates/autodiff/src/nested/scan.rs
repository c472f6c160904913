//! How loops are recorded.

use super::asked::Derivatives;
use super::body::Body;
use super::reverse::read;
use super::turns::{Loop, Part, Turns};
use crate::error::{Error, Result};
use crate::graph::NodeId;
use crate::identity::Identity;
use crate::scalar::{Scalar, count};
use crate::tape::{Tape, Var};
use std::panic::Location;
use std::sync::Arc;

/// The nodes of a loop: its carries at the end, what is stacked, the number of turns.
type Recorded<'t, T> = (Vec<Var<'t, T>>, Vec<Var<'t, T>>, Option<Var<'t, T>>);

/// What a loop is recorded from.
struct Recording<'a, 't, T: Scalar> {
    name: &'static str,
    start: &'a [Var<'t, T>],
    inputs: &'a [Var<'t, T>],
    most: usize,
}

impl<T: Scalar> Tape<T> {
    /// A loop over the leading axis of `inputs`, recorded once: a turn takes the carries and its elements of the inputs and gives the carries
    /// for the next turn and elements to be stacked. Returns the carries at the end and the stacks.
    ///
    /// A turn may use any other node without rows; what depends on neither carries nor inputs is computed once. The derivative is a loop from
    /// the last turn to the first, derived from the recording of one turn, and has derivatives itself: preparing a loop takes as long as
    /// preparing a turn. Programs run it as they run other operations. The carries of all turns are kept for the derivative
    /// ([`set_loop_memory`](Self::set_loop_memory) says up to how many).
    ///
    /// ```
    /// use autodiff::Tape;
    /// // An autoregression with a memory of its own.
    /// let tape = Tape::<f64>::new();
    /// let (x, rate) = (tape.variable("x", &[1.0, 2.0, 3.0]), tape.variable("rate", 0.5));
    /// let start = tape.number(0.0);
    /// let ([last], [states]) = tape.scan([start], [x], |[h], [x]| {
    ///     let h = rate * h + x;
    ///     ([h], [h])
    /// });
    /// assert_eq!(states.value()?, ndarray::arr1(&[1.0, 2.5, 4.25]).into_dyn());
    /// assert_eq!(last.grad(rate).item()?, 3.0); // 2·rate·x₀ + x₁
    /// assert_eq!(last.grad(rate).grad(rate).item()?, 2.0);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    ///
    /// Inputs of different lengths, a turn that gives a carry another shape than it took, anything on the rows, and indices that aren't
    /// [constants](Self::index_constant) are errors of the tape.
    #[track_caller]
    pub fn scan<'t, const C: usize, const X: usize, const Y: usize>(
        &'t self,
        start: [Var<'t, T>; C],
        inputs: [Var<'t, T>; X],
        turn: impl FnOnce([Var<'t, T>; C], [Var<'t, T>; X]) -> ([Var<'t, T>; C], [Var<'t, T>; Y]),
    ) -> ([Var<'t, T>; C], [Var<'t, T>; Y]) {
        let most = inputs.first().map_or(0, |x| x.shape().trailing().first().copied().unwrap_or(0));
        let recording = Recording { name: "scan", start: &start, inputs: &inputs, most };
        let turn = |carries: &[Var<'t, T>], inputs: &[Var<'t, T>]| {
            let (carries, stacked) = turn(self.array(carries), self.array(inputs));
            (carries.to_vec(), stacked.to_vec())
        };
        let (carries, stacked, _) = self.recorded(recording, None::<fn(&[Var<'t, T>]) -> Var<'t, T>>, turn);
        (self.array(&carries), self.array(&stacked))
    }

    /// A loop of so many turns, recorded once: a turn takes the number of turns before it and the carries, and gives the carries for the
    /// next. Otherwise as [`scan`](Self::scan).
    ///
    /// ```
    /// use autodiff::Tape;
    /// // Logistic growth by Euler's method.
    /// let tape = Tape::<f64>::new();
    /// let (rate, start) = (tape.variable("rate", 0.5), tape.variable("start", 0.1));
    /// let [y] = tape.fold(1000, [start], |_, [y]| [y + 0.01 * rate * y * (1 - y)]);
    /// let exact = 1.0 / (1.0 + 9.0 * (-5.0f64).exp());
    /// assert!((y.item()? - exact).abs() < 1e-3);
    /// assert!(y.grad(rate).item()? > 0.0);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn fold<'t, const C: usize>(
        &'t self,
        turns: usize,
        start: [Var<'t, T>; C],
        turn: impl FnOnce(Var<'t, T>, [Var<'t, T>; C]) -> [Var<'t, T>; C],
    ) -> [Var<'t, T>; C] {
        let numbers = self.constant_of("fold", &[turns], |numbers| {
            numbers.iter_mut().enumerate().for_each(|(at, number)| *number = count(at));
        });
        let recording = Recording { name: "fold", start: &start, inputs: &[numbers], most: turns };
        let turn =
            |carries: &[Var<'t, T>], inputs: &[Var<'t, T>]| (turn(inputs[0], self.array(carries)).to_vec(), Vec::new());
        self.array(&self.recorded(recording, None::<fn(&[Var<'t, T>]) -> Var<'t, T>>, turn).0)
    }

    /// A loop for as long as `condition`, computed from the carries before each turn, isn't 0; recorded once. Returns the carries at the end
    /// and the number of turns. Otherwise as [`scan`](Self::scan).
    ///
    /// If it still holds after `most` turns, the value is an error. The derivative is along the turns that were made.
    ///
    /// ```
    /// use autodiff::Tape;
    /// // √a by Newton's method, to convergence: in every run anew.
    /// let tape = Tape::<f64>::new();
    /// let a = tape.variable("a", 2.0);
    /// let ([root], turns) = tape.repeat_while([a], 50, |[x]| (x * x - a).abs().gt(1e-12), |[x]| [(x + a / x) / 2]);
    /// assert_eq!(turns.item()?, 5.0);
    /// assert!((root.grad(a).item()? - 0.5 / 2f64.sqrt()).abs() < 1e-9);
    /// # Ok::<(), autodiff::Error>(())
    /// ```
    #[track_caller]
    pub fn repeat_while<'t, const C: usize>(
        &'t self,
        start: [Var<'t, T>; C],
        most: usize,
        condition: impl FnOnce([Var<'t, T>; C]) -> Var<'t, T>,
        turn: impl FnOnce([Var<'t, T>; C]) -> [Var<'t, T>; C],
    ) -> ([Var<'t, T>; C], Var<'t, T>) {
        let recording = Recording { name: "repeat_while", start: &start, inputs: &[], most };
        let condition = |carries: &[Var<'t, T>]| condition(self.array(carries));
        let turn = |carries: &[Var<'t, T>], _: &[Var<'t, T>]| (turn(self.array(carries)).to_vec(), Vec::new());
        let (carries, _, turns) = self.recorded(recording, Some(condition), turn);
        (self.array(&carries), turns.unwrap_or_else(|| self.number(0.0)))
    }

    #[track_caller]
    fn recorded<'t>(
        &'t self,
        recording: Recording<'_, 't, T>,
        condition: Option<impl FnOnce(&[Var<'t, T>]) -> Var<'t, T>>,
        turn: impl FnOnce(&[Var<'t, T>], &[Var<'t, T>]) -> (Vec<Var<'t, T>>, Vec<Var<'t, T>>),
    ) -> Recorded<'t, T> {
        let carries = recording.start.len();
        self.try_recorded(recording, condition, turn).unwrap_or_else(|error| {
            let failed = self.keep_error(error);
            (vec![failed; carries], Vec::new(), Some(failed))
        })
    }

    #[track_caller]
    fn try_recorded<'t>(
        &'t self,
        recording: Recording<'_, 't, T>,
        condition: Option<impl FnOnce(&[Var<'t, T>]) -> Var<'t, T>>,
        turn: impl FnOnce(&[Var<'t, T>], &[Var<'t, T>]) -> (Vec<Var<'t, T>>, Vec<Var<'t, T>>),
    ) -> Result<Recorded<'t, T>> {
        let Recording { name, start, inputs, most } = recording;
        let source_line = self.source(Location::caller());
        self.check()?;
        self.check_owns(name, &[start, inputs].concat(), source_line)?;
        let refused = |operands: &[Var<'t, T>], reason: String| {
            let operands = operands.iter().map(|operand| operand.shape()).collect();
            Err(Error::Recording { operation: name.into(), operands, reason, source_line })
        };
        if start.iter().chain(inputs).any(|x| x.shape().has_rows()) {
            let reason = "a loop goes along an axis of fixed inputs; bind the data as one".into();
            return Err(Error::NotStreamable { operation: name.into(), reason, source_line });
        }
        if name == "scan" && inputs.is_empty() {
            return refused(start, "there is no input to go along; count the turns with `fold`".into());
        }
        if inputs.iter().any(|x| x.shape().trailing().first() != Some(&most)) {
            return refused(inputs, "the inputs need a leading axis of one length, an element for each turn".into());
        }
        let loop_number = Identity::new();
        let own = |what: &str, at: usize, dims: &[usize]| {
            self.input(&format!("{what} {at} of the {name} number {loop_number}"), dims)
        };
        let carries: Vec<_> =
            start.iter().enumerate().map(|(at, start)| own("carry", at, start.shape().trailing())).collect();
        let elements: Vec<_> =
            inputs.iter().enumerate().map(|(at, x)| own("input", at, &x.shape().trailing()[1..])).collect();
        let goes_on = condition.map(|condition| condition(&carries));
        let (next, stacked) = turn(&carries, &elements);
        self.check()?;
        self.check_owns(name, &[&next[..], &stacked].concat(), source_line)?;
        if let Some(at) = (0..start.len()).find(|&at| next[at].shape() != start[at].shape()) {
            let reason =
                format!("carry {at} doesn't keep its shape; stretch what it starts with, or reduce what a turn gives");
            return refused(&[start[at], next[at]], reason);
        }
        let (body, mut shared) = Body::cut(self, &[&carries[..], &elements].concat(), &[&next[..], &stacked].concat())?;
        let turns = match goes_on {
            None => Turns::All,
            Some(goes_on) if !goes_on.shape().is_scalar() => {
                return refused(&[goes_on], "the condition is one number".into());
            }
            Some(goes_on) => {
                let (condition, more) = Body::cut(self, &carries, &[goes_on])?;
                let turns = Turns::While { condition: Arc::new(condition), shared: more.len() };
                shared.extend(more);
                turns
            }
        };
        let len: usize = start.iter().map(|start| start.len()).sum();
        let bytes = most.saturating_mul(len).saturating_mul(size_of::<T>());
        let every = if bytes <= self.loop_memory() { 1 } else { most.isqrt().max(1) };
        let looped = Loop {
            name,
            body: Arc::new(body),
            carries: start.len(),
            inputs: inputs.len(),
            stacked: stacked.len(),
            most,
            turns,
            is_reverse: false,
            every,
            recomputed: None,
            derivatives: Derivatives::default(),
        };
        let parts = looped.parts();
        let result = self.custom(looped, &[start, inputs, &shared].concat());
        let read_all = |parts: &[Part]| parts.iter().map(|part| read(result, part)).collect();
        let count = parts.count.as_ref().map(|part| read(result, part));
        self.check()?;
        Ok((read_all(&parts.carries), read_all(&parts.stacked), count))
    }

    /// The nodes; failed ones, where the recording came to nothing.
    fn array<'t, const N: usize>(&'t self, nodes: &[Var<'t, T>]) -> [Var<'t, T>; N] {
        std::array::from_fn(|at| nodes.get(at).copied().unwrap_or_else(|| self.var(NodeId::FAILED)))
    }
}
