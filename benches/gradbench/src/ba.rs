//! `ba`: the errors of bundle adjustment, and their sparse Jacobian by cameras, points and weights.

use crate::Result;
use crate::compiled::{Compiled, Evaluation, Recording};
use crate::protocol::no_function;
use autodiff::{Tape, Var};
use ndarray::{Array1, Array2};
use serde::Deserialize;
use serde_json::{Value, from_value, json};

const CAMERA: usize = 11;
const POINT: usize = 3;
/// The parameters that one observation depends on: a camera, a point, a weight.
const COLUMNS: usize = CAMERA + POINT + 1;

#[derive(Deserialize)]
struct Input {
    n: usize,
    m: usize,
    p: usize,
    cam: Vec<f64>,
    x: Vec<f64>,
    w: f64,
    feat: Vec<f64>,
}

type Components<'t, const N: usize> = [Var<'t, f64>; N];

fn components<'t, const N: usize>(x: Var<'t, f64>, first: usize) -> Components<'t, N> {
    std::array::from_fn(|index| x.index_axis(1, first + index))
}

fn dot<'t, const N: usize>(a: Components<'t, N>, b: Components<'t, N>) -> Var<'t, f64> {
    let mut sum = a[0] * b[0];
    for index in 1..N {
        sum += a[index] * b[index];
    }
    sum
}

fn cross<'t>(a: Components<'t, 3>, b: Components<'t, 3>) -> Components<'t, 3> {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Rodrigues' rotation of a point about an axis by the axis' length.
fn rotated<'t>(rotation: Components<'t, 3>, point: Components<'t, 3>) -> Components<'t, 3> {
    let square = dot(rotation, rotation);
    let turns = square.gt(0);
    let angle = square.sqrt();
    let (cos, sin) = (angle.cos(), angle.sin());
    let axis = rotation.map(|component| component / angle);
    let along = dot(axis, point) * (1 - cos);
    let (turned, slightly) = (cross(axis, point), cross(rotation, point));
    std::array::from_fn(|i| turns.select(point[i] * cos + turned[i] * sin + axis[i] * along, point[i] + slightly[i]))
}

/// Where a camera sees a point.
fn projected<'t>(camera: Var<'t, f64>, point: Var<'t, f64>) -> Components<'t, 2> {
    let (point, centre): (Components<'t, 3>, Components<'t, 3>) = (components(point, 0), components(camera, 3));
    let [x, y, z] = rotated(components(camera, 0), std::array::from_fn(|i| point[i] - centre[i]));
    let [focal, u, v, k1, k2] = components(camera, 6);
    let flat = [x / z, y / z];
    let square = dot(flat, flat);
    let distortion = 1 + k1 * square + k2 * square * square;
    [flat[0] * distortion * focal + u, flat[1] * distortion * focal + v]
}

pub(crate) fn prepare(function: &str, input: Value) -> Result<Box<dyn Evaluation>> {
    let Input { n, m, p, cam, x, w, feat } = from_value(input)?;
    let repeated = |one: &[f64], count: usize| {
        let elements = one.iter().copied().cycle().take(one.len() * count).collect();
        Array2::from_shape_vec((count, one.len()), elements)
    };
    let tape = Tape::new();
    let mut recording = Recording::on(&tape);
    let cameras = recording.input("cameras", repeated(&cam, n)?);
    let points = recording.input("points", repeated(&x, m)?);
    let w = recording.rows("w", Array1::from_elem(p, w));
    let seen = recording.rows("seen", repeated(&feat, p)?);
    let camera = cameras.gather(recording.index_rows("camera", Array1::from_shape_fn(p, |i| i % n)));
    let point = points.gather(recording.index_rows("point", Array1::from_shape_fn(p, |i| i % m)));

    let seen: Components<'_, 2> = components(seen, 0);
    let projection = projected(camera, point);
    let errors: Components<'_, 2> = std::array::from_fn(|i| w * (projection[i] - seen[i]));
    let w_error = 1 - w * w;
    match function {
        "objective" => Ok(Box::new(recording.compile(&[tape.stack(1, &errors), w_error], |outputs| {
            let [errors, w_errors] = outputs else { return Value::Null };
            let first: Vec<f64> = errors.iter().take(2).copied().collect();
            json!({
                "reproj_error": { "elements": first, "repeated": errors.len() / 2 },
                "w_err": { "element": w_errors.first(), "repeated": w_errors.len() },
            })
        })?)),
        "jacobian" => {
            // Every observation has parameters of its own, so that the gradient of the sum holds the derivatives of each.
            let blocks = errors.map(|error| {
                let [camera, point, w] = error.sum().grads(&[camera, point, w])[..] else { return error };
                tape.concatenate(1, &[camera, point, w.insert_axis(1)])
            });
            let program = recording.compile(&[tape.stack(1, &blocks), w_error.sum().grad(w)], |_| Value::Null)?;
            Ok(Box::new(Jacobian { program, matrix: Sparse::default(), n, m, p }))
        }
        _ => no_function(function),
    }
}

/// A matrix in compressed rows.
#[derive(Default)]
struct Sparse {
    rows: Vec<u32>,
    cols: Vec<u32>,
    vals: Vec<f64>,
}

/// The Jacobian: two rows for each observation, then one for each weight.
struct Jacobian {
    program: Compiled,
    matrix: Sparse,
    n: usize,
    m: usize,
    p: usize,
}

impl Sparse {
    /// Forgets where the values are.
    fn clear(&mut self) {
        self.rows.clear();
        self.cols.clear();
        self.rows.push(0);
    }

    fn end_row(&mut self) {
        self.rows.push(self.cols.len() as u32);
    }
}

impl Evaluation for Jacobian {
    fn evaluate(&mut self) -> Result<()> {
        let Jacobian { program, matrix, n, m, p } = self;
        program.run_into(&mut matrix.vals)?;
        let (points, weights) = (CAMERA * *n, CAMERA * *n + POINT * *m);
        matrix.clear();
        for observation in 0..*p {
            let (camera, point) = (CAMERA * (observation % *n), points + POINT * (observation % *m));
            let columns: [u32; COLUMNS] = std::array::from_fn(|index| match index.checked_sub(CAMERA) {
                None => camera + index,
                Some(index) if index < POINT => point + index,
                Some(_) => weights + observation,
            } as u32);
            for _ in 0..2 {
                matrix.cols.extend(columns);
                matrix.end_row();
            }
        }
        for observation in 0..*p {
            matrix.cols.push((weights + observation) as u32);
            matrix.end_row();
        }
        Ok(())
    }

    fn output(&self) -> Value {
        /// The first observation's part of a list, and its last element.
        fn part<T: Copy>(list: &[T]) -> Vec<T> {
            list.iter().take(2 * COLUMNS).chain(list.last()).copied().collect()
        }
        let Sparse { rows, cols, vals } = &self.matrix;
        json!({ "rows": part(rows), "cols": part(cols), "vals": part(vals) })
    }
}
