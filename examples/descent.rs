//! Gradient descent beside Newton's method on the loss of a logistic regression, as one picture: contours of the loss, and the ways of the
//! two, both with the engine's derivatives.

use autodiff::{Program, Tape, Var, bind};
use examples::{Result, expect, expect_close, gradient_example, heading, new_folder};
use ndarray::{Array1, Array2, ArrayView1, arr1, s};
use plotters::prelude::*;
use plotters::style::register_font;

/// Steps of gradient descent that are drawn.
const STEPS: usize = 60;

fn main() -> Result {
    let (data, _) = gradient_example()?;
    // Two columns, so that the loss is a surface.
    let (x, y) = (data.x.slice(s![.., 1..]).to_owned(), &data.y);
    let tape = Tape::<f64>::new();
    let theta = tape.input("theta", &[2]);
    let loss = loss(tape.data("X", &x), tape.data("y", y), theta);
    let program = tape.compile(&[loss, loss.grad(theta), loss.hessian(theta)])?;

    let start = arr1(&[-0.5, 1.0]);
    let (slow, fast) = (descent(&program, &start)?, newton(&program, &start)?);
    heading("Gradient descent and Newton's method on the loss of a logistic regression");
    let end = &fast[fast.len() - 1];
    println!("  from ({:.2}, {:.2}); the minimum is at ({:.4}, {:.4})", start[0], start[1], end[0], end[1]);
    println!("  Newton's method is there after {} steps", fast.len() - 1);
    let left = distance(&slow[STEPS], end);
    println!("  gradient descent is {left:.1e} away after {STEPS}");
    expect_close("the gradient at Newton's end", norm(at(&program, end)?.1.view()), 0.0, 1e-9)?;
    expect("Newton's method takes fewer steps", fast.len() < 12)?;
    expect("gradient descent goes down", at(&program, &slow[STEPS])?.0 < at(&program, &start)?.0 && left < 0.5)?;

    let path = new_folder()?.join("descent.png");
    draw(&path, &program, &slow, &fast)?;
    println!("  as a picture: {}", path.display());
    Ok(())
}

fn loss<'t>(x: Var<'t, f64>, y: Var<'t, f64>, theta: Var<'t, f64>) -> Var<'t, f64> {
    let pi = x.linear(theta).sigmoid();
    -(y * pi.ln() + (1.0 - y) * (1.0 - pi).ln()).sum()
}

/// The loss, its gradient and its Hessian.
fn at(program: &Program<f64>, theta: &Array1<f64>) -> Result<(f64, Array1<f64>, Array2<f64>)> {
    let found = program.run(&[bind("theta", theta)])?;
    Ok((found.number(0)?, found.vector(1)?.to_owned(), found.matrix(2)?.to_owned()))
}

/// Steps against the gradient, each as long as the steepest curvature at the start allows.
fn descent(program: &Program<f64>, start: &Array1<f64>) -> Result<Vec<Array1<f64>>> {
    let mut way = vec![start.clone()];
    // The loss curves nowhere more than ¼ Σ|x|², which bounds the Hessian's trace at θ = 0.
    let rate = 1.0 / at(program, &Array1::zeros(2))?.2.diag().sum();
    for step in 0..STEPS {
        let gradient = at(program, &way[step])?.1;
        way.push(&way[step] - &(gradient * rate));
    }
    Ok(way)
}

/// Steps that solve `Hδ = −∇`, halved where they would go up.
fn newton(program: &Program<f64>, start: &Array1<f64>) -> Result<Vec<Array1<f64>>> {
    let mut way = vec![start.clone()];
    for step in 0..20 {
        let (loss, gradient, hessian) = at(program, &way[step])?;
        if norm(gradient.view()) < 1e-10 {
            break;
        }
        let mut move_by = examples::solve(&hessian, &-gradient)?;
        while at(program, &(&way[step] + &move_by))?.0 > loss && norm(move_by.view()) > 1e-12 {
            move_by *= 0.5;
        }
        way.push(&way[step] + &move_by);
    }
    Ok(way)
}

fn norm(x: ArrayView1<'_, f64>) -> f64 {
    x.dot(&x).sqrt()
}

fn distance(a: &Array1<f64>, b: &Array1<f64>) -> f64 {
    norm((a - b).view())
}

/// Width and height in pixels.
const SIZE: (u32, u32) = (1200, 900);
const INK: RGBColor = RGBColor(40, 40, 40);
const SLOW: RGBColor = RGBColor(31, 98, 158);
const FAST: RGBColor = RGBColor(200, 80, 30);

/// The frame: θ₁ and θ₂.
const FRAME: [(f64, f64); 2] = [(-1.0, 3.0), (-1.75, 1.75)];

fn draw(path: &std::path::Path, program: &Program<f64>, slow: &[Array1<f64>], fast: &[Array1<f64>]) -> Result {
    register_font("sans-serif", FontStyle::Normal, dejavu::sans::regular()).map_err(|_| "the font can't be read")?;
    let mut pixels = vec![0; 3 * (SIZE.0 * SIZE.1) as usize];
    picture(&mut pixels, program, slow, fast)?;
    let file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut png = png::Encoder::new(file, SIZE.0, SIZE.1);
    png.set_color(png::ColorType::Rgb);
    png.write_header()?.write_image_data(&pixels)?;
    Ok(())
}

fn picture(pixels: &mut [u8], program: &Program<f64>, slow: &[Array1<f64>], fast: &[Array1<f64>]) -> Result {
    let area = BitMapBackend::with_buffer(pixels, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let text = |size: u32| ("sans-serif", size).into_font().color(&INK);
    let [(left, right), (bottom, top)] = FRAME;
    let mut chart = ChartBuilder::on(&area)
        .margin(24)
        .caption("The loss of a logistic regression, and two ways down", text(30))
        .x_label_area_size(64)
        .y_label_area_size(80)
        .build_cartesian_2d(left..right, bottom..top)?;
    let mesh = &mut chart.configure_mesh();
    mesh.disable_mesh().label_style(text(22)).axis_desc_style(text(24)).x_desc("θ₁").y_desc("θ₂").draw()?;
    chart.draw_series(contours(program, at(program, &fast[fast.len() - 1])?.0)?)?;
    for (way, colour, size, name) in [(slow, SLOW, 5, "gradient descent"), (fast, FAST, 8, "Newton's method")] {
        let points = way.iter().map(|theta| (theta[0], theta[1]));
        let key = move |(x, y): (i32, i32)| PathElement::new(vec![(x, y), (x + 36, y)], colour.stroke_width(4));
        chart.draw_series(LineSeries::new(points.clone(), colour.stroke_width(3)))?.label(name).legend(key);
        chart.draw_series(points.map(|point| Circle::new(point, size, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .border_style(RGBColor(200, 200, 200))
        .label_font(text(22))
        .margin(16)
        .legend_area_size(48)
        .draw()?;
    area.present()?;
    Ok(())
}

/// Cells along each axis that contours are looked for in.
const CELLS: usize = 160;

/// Pieces of the lines where the loss exceeds its minimum by 1, 2, 4, …: of each cell's two triangles, by linear interpolation.
fn contours(program: &Program<f64>, lowest: f64) -> Result<Vec<PathElement<(f64, f64)>>> {
    let place = |axis: usize, cell: usize| {
        let (from, to) = FRAME[axis];
        from + (to - from) * cell as f64 / CELLS as f64
    };
    let mut height = Array2::zeros((CELLS + 1, CELLS + 1));
    for ((i, j), height) in height.indexed_iter_mut() {
        *height = at(program, &arr1(&[place(0, i), place(1, j)]))?.0 - lowest;
    }
    let mut lines = Vec::new();
    for level in (0..9).map(|power| f64::from(1 << power)) {
        for (i, j) in ndarray::indices((CELLS, CELLS)) {
            let corner = |(i, j): (usize, usize)| (place(0, i), place(1, j), height[[i, j]] - level);
            for triangle in [[(i, j), (i + 1, j), (i, j + 1)], [(i + 1, j + 1), (i + 1, j), (i, j + 1)]] {
                let [a, b, c] = triangle.map(corner);
                let crossing = |(p, q): ((f64, f64, f64), (f64, f64, f64))| {
                    let part = p.2 / (p.2 - q.2);
                    ((p.2 < 0.0) != (q.2 < 0.0)).then_some((p.0 + part * (q.0 - p.0), p.1 + part * (q.1 - p.1)))
                };
                let ends: Vec<(f64, f64)> = [(a, b), (b, c), (c, a)].into_iter().filter_map(crossing).collect();
                if ends.len() == 2 {
                    lines.push(PathElement::new(ends, RGBColor(170, 180, 190).stroke_width(2)));
                }
            }
        }
    }
    Ok(lines)
}
