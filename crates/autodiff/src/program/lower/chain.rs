//! Calls: neighbouring instructions that one call runs, once values have places, since a result may be read by the next.

use crate::program::instr::{Instr, Step};

/// Neighbouring binary operations of equal length as chains.
pub(super) fn chain(instrs: impl IntoIterator<Item = Instr>) -> Vec<Instr> {
    let mut chained = Vec::new();
    let mut steps: Vec<Step> = Vec::new();
    let mut instrs = instrs.into_iter().peekable();
    while let Some(instr) = instrs.next() {
        let Instr::Binary { step, len } = instr else {
            chained.push(instr);
            continue;
        };
        steps.push(step);
        if !matches!(instrs.peek(), Some(Instr::Binary { len: next, .. }) if *next == len) {
            chained.push(match steps[..] {
                [step] => Instr::Binary { step, len },
                _ => Instr::Chain { steps: steps.as_slice().into(), len },
            });
            steps.clear();
        }
    }
    chained
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Binary;
    use crate::program::instr::{At, Operand};

    fn binary(op: Binary, out: At, len: u32) -> Instr {
        let operand = |at| Operand { at, splat: false };
        Instr::Binary { step: Step { op, a: operand(0), b: operand(16), out }, len }
    }

    /// The results of each instruction.
    fn results(instrs: Vec<Instr>) -> Vec<Vec<At>> {
        instrs.into_iter().map(|instr| instr.writes().to_vec()).collect()
    }

    #[test]
    fn neighbouring_binary_operations_of_one_length_become_one_instruction() {
        let zero = Instr::Zero { out: 96, len: 1 };
        let instrs = vec![
            binary(Binary::Add, 32, 1),
            binary(Binary::Mul, 48, 1),
            binary(Binary::Sub, 64, 3),
            zero,
            binary(Binary::Div, 80, 3),
            binary(Binary::Sub, 112, 3),
            binary(Binary::Add, 128, 3),
        ];
        assert_eq!(results(chain(instrs)), [vec![32, 48], vec![64], vec![96], vec![80, 112, 128]]);
        assert_eq!(results(chain([])), [[0; 0]; 0]);
    }
}
