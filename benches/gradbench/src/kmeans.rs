//! `kmeans`: the sum of squared distances to the nearest centroid, and Newton's direction.

use crate::Result;
use crate::compiled::{Evaluation, Recording, matrix, number};
use crate::gmm;
use crate::protocol::no_function;
use autodiff::Tape;
use ndarray::Array2;
use serde::Deserialize;
use serde_json::{Value, from_value};

#[derive(Deserialize)]
struct Input {
    points: Vec<Vec<f64>>,
    centroids: Vec<Vec<f64>>,
}

pub(crate) fn prepare(function: &str, input: Value) -> Result<Box<dyn Evaluation>> {
    let Input { points, centroids } = from_value(input)?;
    let d = points.first().map_or(0, Vec::len);
    let tape = Tape::new();
    let mut recording = Recording::on(&tape);
    let points = recording.rows("points", gmm::matrix(points, d)?);
    let centroids = recording.input("centroids", gmm::matrix(centroids, d)?);

    // |c − p|², expanded.
    let (own, other) =
        ((points * points).sum_axes(&[1]).insert_axis(1), (centroids * centroids).sum_axes(&[1]).insert_axis(0));
    let distances = own + other - 2 * points.dot(centroids.t());
    let cost = distances.min_axes(&[1]).sum();
    Ok(Box::new(match function {
        "cost" => recording.compile(&[cost], number)?,
        "dir" => {
            // The Hessian is diagonal: its product with ones is the diagonal.
            let ones = tape.constant(Array2::ones((centroids.shape().trailing()[0], d)));
            let direction = cost.grad(centroids) / cost.hvp(centroids, ones);
            recording.compile(&[direction], matrix)?
        }
        _ => return no_function(function),
    }))
}
