//! The losses to begin with. Each is a text of the language, with data that suit it and what the page draws of it.

use serde::Serialize;

/// What the second coordinate of a point may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Any number.
    Number,
    /// 0, 1, 2, …
    Count,
    /// 0 or 1.
    Binary,
    /// 0, 1 or 2.
    Class,
}

impl Response {
    /// The value nearest to `y` that a response may have.
    pub fn nearest(self, y: f64) -> f64 {
        match self {
            Response::Number => y,
            Response::Count => y.round().clamp(0.0, 1e6),
            Response::Binary => y.round().clamp(0.0, 1.0),
            Response::Class => y.round().clamp(0.0, 2.0),
        }
    }
}

/// A loss to begin with.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Model {
    /// Its name in addresses.
    pub id: &'static str,
    /// Its name.
    pub title: &'static str,
    /// The loss.
    pub text: &'static str,
    /// What its data are.
    pub response: Response,
    /// The parameters to begin with.
    pub start: &'static [f64],
    /// What the picture of the data shows: least and largest x, least and largest y.
    pub window: [f64; 4],
    /// What the picture of the loss shows: the middle, and half its width, of two parameters.
    pub view: [f64; 3],
    /// What to look at.
    pub remark: &'static str,
}

/// All of them.
pub const MODELS: &[Model] = &[
    Model {
        id: "logistic",
        title: "Logistic",
        text: "sum(-(y*ln(p) + (1-y)*ln(1-p)))\n  where p = sigmoid(X*theta)",
        response: Response::Binary,
        start: &[-0.5, 0.5],
        window: [-4.0, 4.0, -0.25, 1.25],
        view: [0.0, 1.5, 4.0],
        remark: "Written the naive way. The gradient comes out as Xᵀ(p − y): the factor p(1 − p) of the sigmoid cancels.",
    },
    Model {
        id: "probit",
        title: "Probit",
        text: "sum(-(y*ln(p) + (1-y)*ln(1-p)))\n  where p = Phi(X*theta)",
        response: Response::Binary,
        start: &[-0.5, 0.5],
        window: [-4.0, 4.0, -0.25, 1.25],
        view: [0.0, 1.0, 3.0],
        remark: "The normal distribution function in place of the sigmoid: nothing cancels, and the tails are steeper.",
    },
    Model {
        id: "poisson",
        title: "Poisson",
        text: "sum(mu - y*ln(mu))\n  where mu = exp(X*theta)",
        response: Response::Count,
        start: &[0.0, 0.0],
        window: [-3.0, 3.0, -1.0, 12.0],
        view: [0.8, 0.5, 2.0],
        remark: "Counts. Canonical again: the gradient is Xᵀ(μ − y).",
    },
    Model {
        id: "squares",
        title: "Least squares",
        text: "mean((y - mu)^2)\n  where mu = X*theta",
        response: Response::Number,
        start: &[0.0, 0.0],
        window: [-4.0, 4.0, -5.0, 5.0],
        view: [0.5, 1.0, 3.0],
        remark: "A quadratic loss: its contours are ellipses, and Newton's method needs one step.",
    },
    Model {
        id: "huber",
        title: "Huber",
        text: "sum(if(r < 1, r^2/2, r - 1/2))\n  where r = |y - mu|, mu = X*theta",
        response: Response::Number,
        start: &[0.0, 0.0],
        window: [-4.0, 4.0, -5.0, 5.0],
        view: [0.5, 1.0, 3.0],
        remark: "Drag a point far away: its pull stops growing.",
    },
    Model {
        id: "softmax",
        title: "Softmax",
        text: "-sum(Y*ln(P))\n  where P = softmax(X*W)\n  with W[2,3]",
        response: Response::Class,
        start: &[0.2, 0.8, 0.0, -0.8, 0.2, 0.6],
        window: [-4.0, 4.0, -0.4, 2.4],
        view: [0.0, 0.0, 4.0],
        remark: "Three classes; the curves are their probabilities, 0 at the bottom class and 1 at the top one. Adding the same to all columns of W changes nothing: the loss is flat along a line.",
    },
    Model {
        id: "network",
        title: "Two-layer network",
        text: "mean((y - mu)^2)\n  where mu = H*v + c, H = tanh(X*W)\n  with W[2,3], v[3], c",
        response: Response::Number,
        start: &[0.5, -0.4, 0.2, 1.2, 0.9, -0.8, 0.8, -0.7, 0.5, 0.1],
        window: [-4.0, 4.0, -5.0, 5.0],
        view: [0.5, 1.0, 4.0],
        remark: "Not convex: where a method ends depends on where it starts.",
    },
];

/// The model of a name; the first of all for a name there isn't.
pub fn model(id: &str) -> &'static Model {
    MODELS.iter().find(|model| model.id == id).unwrap_or(&MODELS[0])
}

/// Data for a model: `count` points, always the same.
pub fn points(response: Response, count: usize) -> Vec<[f64; 2]> {
    let mut random = Random::new();
    (0..count)
        .map(|_| {
            let x = rounded(random.normal() * 1.3);
            let noise = random.normal();
            let y = match response {
                Response::Number => 0.6 + 0.9 * x + 0.7 * noise,
                Response::Binary => f64::from(1.4 * x + 0.3 + 1.6 * noise > 0.0),
                Response::Class => (1.0 + 0.75 * x + 0.6 * noise).round(),
                Response::Count => {
                    let mean = (0.7 + 0.5 * x).exp();
                    mean + mean.sqrt() * noise
                }
            };
            [x, response.nearest(rounded(y))]
        })
        .collect()
}

/// Two digits after the point: what is shown is what is computed with, and addresses stay short.
pub fn rounded(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

/// Random numbers: xorshift64* of Vigna (2016).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// Always the same.
    pub(crate) fn new() -> Self {
        Self(0x9E37_79B9_7F4A_7C15)
    }

    /// Uniform between 0 and 1.
    pub(crate) fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// About standard normal: the sum of twelve uniform numbers less 6. No function whose last digit depends on the platform.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}
