//! Dead code: instructions whose results nothing reads.

use super::pass_code::PassCode;
use crate::program::instr::Instr;

/// Drops instructions, results of instructions with several, and imports that nothing reads.
pub(super) fn drop_unread(body: &mut PassCode) {
    let mut read = vec![false; body.lens.len()];
    drop_from(&mut body.instrs, &mut read);
    drop_from(&mut body.prologue, &mut read);
    body.imports.retain(|import| read[import.to() as usize]);
}

/// From the last to the first, since `read` knows of a value what comes after its instruction.
fn drop_from(instrs: &mut Vec<Instr>, read: &mut [bool]) {
    let mut kept: Vec<Instr> = Vec::with_capacity(instrs.len());
    for mut instr in instrs.drain(..).rev() {
        let writes = instr.writes();
        if !writes.is_empty() && !writes.iter().any(|&at| read[at as usize]) {
            continue;
        }
        if let Instr::Logistic { outs, .. } = &mut instr {
            for out in outs {
                *out = out.filter(|at| read[*at as usize]);
            }
        }
        for at in instr.reads() {
            read[at as usize] = true;
        }
        kept.push(instr);
    }
    instrs.extend(kept.into_iter().rev());
}
