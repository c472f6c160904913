//! `ht`: how far points lie from a hand's posed surface, and the Jacobian of that by its pose.

use crate::Result;
use crate::compiled::{Evaluation, Recording, list, nested};
use crate::gmm::matrix;
use crate::protocol::no_function;
use autodiff::{Tape, Var};
use ndarray::{Array1, Array2, ArrayD, Axis, s};
use serde::Deserialize;
use serde_json::{Value, from_value};

#[derive(Deserialize)]
struct Model {
    parents: Vec<i64>,
    base_relatives: Vec<Vec<Vec<f64>>>,
    inverse_base_absolutes: Vec<Vec<Vec<f64>>>,
    base_positions: Vec<Vec<f64>>,
    weights: Vec<Vec<f64>>,
    triangles: Vec<Vec<usize>>,
    is_mirrored: bool,
}

#[derive(Deserialize)]
struct Data {
    model: Model,
    correspondences: Vec<usize>,
    points: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Input {
    theta: Vec<f64>,
    data: Data,
    us: Vec<Vec<f64>>,
}

/// The rotation about an axis by its length; none where that is close to 0.
fn rotation<'t>(axis: Var<'t, f64>) -> Var<'t, f64> {
    let tape = axis.tape();
    let angle = (axis * axis).sum().sqrt();
    let unit = axis / angle;
    let [x, y, z] = [0, 1, 2].map(|i| unit.index_axis(0, i));
    let (sin, cos) = (angle.sin(), angle.cos());
    let elements = [
        x * x + (1 - x * x) * cos,
        x * y * (1 - cos) - z * sin,
        x * z * (1 - cos) + y * sin,
        x * y * (1 - cos) + z * sin,
        y * y + (1 - y * y) * cos,
        y * z * (1 - cos) - x * sin,
        x * z * (1 - cos) - y * sin,
        z * y * (1 - cos) + x * sin,
        z * z + (1 - z * z) * cos,
    ];
    let turned = tape.stack(0, &elements).reshape(&[3, 3]);
    angle.lt(0.0001).select(tape.constant(Array2::eye(3)), turned)
}

/// The rotations by Euler's angles x, z and y.
fn euler<'t>(x: Var<'t, f64>, z: Var<'t, f64>, y: Var<'t, f64>) -> Var<'t, f64> {
    let tape = x.tape();
    let (zero, one) = (tape.number(0.0), tape.number(1.0));
    let square = |elements: &[Var<'t, f64>]| tape.stack(0, elements).reshape(&[4, 4]);
    let about_x = [one, zero, zero, zero, zero, x.cos(), -x.sin(), zero, zero, x.sin(), x.cos(), zero];
    let about_y = [y.cos(), zero, y.sin(), zero, zero, one, zero, zero, -y.sin(), zero, y.cos(), zero];
    let about_z = [z.cos(), -z.sin(), zero, zero, z.sin(), z.cos(), zero, zero, zero, zero, one, zero];
    let [x, y, z] = [about_x, about_y, about_z].map(|rows| square(&[&rows[..], &[zero, zero, zero, one]].concat()));
    z.dot(y).dot(x)
}

/// The angles x, z and y of every bone: of the fingers' first joints two, of their next two joints one each.
fn angles<'t>(theta: Var<'t, f64>, bones: usize) -> Vec<[Option<Var<'t, f64>>; 2]> {
    let mut angles = vec![[None; 2]; bones];
    let mut next = 6..;
    let mut take = || next.next().map(|index| theta.index_axis(0, index));
    for finger in 0..5 {
        for joint in 0..3 {
            if let Some(bone) = angles.get_mut(2 + 4 * finger + joint) {
                bone[0] = take();
                if joint == 0 {
                    bone[1] = take();
                }
            }
        }
    }
    angles
}

/// Every bone's transform from the base pose, 4 × 3 transposed, one below the other.
fn transforms<'t>(theta: Var<'t, f64>, model: &Model) -> Result<Var<'t, f64>> {
    let tape = theta.tape();
    let zero = tape.number(0.0);
    let mut absolutes: Vec<Var<'t, f64>> = Vec::new();
    let mut transposed = Vec::new();
    for (bone, [x, z]) in angles(theta, model.parents.len()).into_iter().enumerate() {
        let mut relative = tape.constant(matrix(model.base_relatives[bone].clone(), 4)?);
        if x.is_some() || z.is_some() {
            relative = relative.dot(euler(x.unwrap_or(zero), z.unwrap_or(zero), zero));
        }
        let absolute = match usize::try_from(model.parents[bone]) {
            Ok(parent) => absolutes[parent].dot(relative),
            Err(_) => relative,
        };
        absolutes.push(absolute);
        let from_base = absolute.dot(tape.constant(matrix(model.inverse_base_absolutes[bone].clone(), 4)?));
        transposed.push(from_base.slice(s![..3, ..]).t());
    }
    Ok(tape.concatenate(0, &transposed))
}

/// What skins the vertices: of each, its bones' weights times its base position.
fn skin(model: &Model) -> Result<Array2<f64>> {
    let (bones, vertices) = (model.parents.len(), model.base_positions.len());
    let (weights, base) = (matrix(model.weights.clone(), bones)?, matrix(model.base_positions.clone(), 4)?);
    let product = &weights.insert_axis(Axis(2)) * &base.insert_axis(Axis(1));
    Ok(product.into_shape_with_order((vertices, 4 * bones))?)
}

/// The positions of all vertices.
fn positions<'t>(theta: Var<'t, f64>, skin: Var<'t, f64>, model: &Model) -> Result<Var<'t, f64>> {
    let tape = theta.tape();
    let mut posed = skin.dot(transforms(theta, model)?);
    if model.is_mirrored {
        posed *= tape.constant(&[-1.0, 1.0, 1.0]);
    }
    let [axis, shift] = [0, 3].map(|start| theta.slice_axis(0, start..start + 3));
    Ok(posed.dot(rotation(axis).t()) + shift)
}

pub(crate) fn prepare(function: &str, input: Value) -> Result<Box<dyn Evaluation>> {
    let Input { theta, data: Data { model, correspondences, points }, us } = from_value(input)?;
    let tape = Tape::new();
    let mut recording = Recording::on(&tape);
    let theta = recording.input("theta", Array1::from_vec(theta));
    let skin = recording.input("skin", skin(&model)?);
    let positions = positions(theta, skin, &model)?;
    let points = recording.rows("points", matrix(points, 3)?);
    let count = correspondences.len();
    let is_simple = us.is_empty();

    let (on_hand, us) = match is_simple {
        true => (positions.gather(recording.index_rows("vertices", Array1::from_vec(correspondences))), None),
        false => {
            let corner = |(i, j): (usize, usize)| model.triangles[correspondences[i]][j];
            let corners = positions.gather(recording.index_rows("corners", Array2::from_shape_fn((count, 3), corner)));
            let us = recording.rows("us", matrix(us, 2)?);
            let [u, v] = [0, 1].map(|i| us.slice_axis(1, i..i + 1));
            let [a, b, c] = [0, 1, 2].map(|i| corners.index_axis(1, i));
            (u * a + v * b + (1 - u - v) * c, Some(us))
        }
    };
    let error = points - on_hand;
    Ok(Box::new(match function {
        "objective" => recording.compile(&[error], list)?,
        "jacobian" => {
            let by_theta = error.jacobian(theta);
            let jacobian = match us {
                None => by_theta,
                Some(us) => {
                    // Every point has a place of its own, so that the gradient of the sum holds the derivatives of each.
                    let by_us = [0, 1, 2].map(|i| error.index_axis(1, i).sum().grad(us));
                    tape.concatenate(2, &[tape.stack(1, &by_us), by_theta])
                }
            };
            recording
                .compile(&[jacobian], |outputs| outputs[0].outer_iter().flat_map(rows).collect::<Vec<Value>>().into())?
        }
        _ => return no_function(function),
    }))
}

fn rows(block: ndarray::ArrayViewD<'_, f64>) -> Vec<Value> {
    block.outer_iter().map(|row| nested(&ArrayD::from(row.to_owned()))).collect()
}
