//! Three species of iris by softmax regression, and by a network (Anderson 1935, Fisher 1936).
//!
//! By their sepals, setosa is told from the others without error, so that its coefficients have no estimate: the fit says
//! so. The other two species overlap, and a ridge penalty gives all three finite coefficients.

use examples::{Result, Table, expect, expect_close, heading, iris};
use models::fit::{Adam, Method, Options};
use models::network::{Activation, Network};
use models::softmax::{Softmax, SoftmaxSummary};
use models::{Design, Error, check_gradient};
use ndarray::{Array1, s};

fn main() -> Result {
    let iris = iris()?;
    let sepals = Design::new(iris.x.slice(s![.., ..2])).with_names(&iris.columns[..2])?;
    let species = Softmax::new(sepals.clone(), &iris.classes, &iris.labels)?;

    heading("Species by sepals: no maximum of the likelihood");
    match species.fit(&Options::default()) {
        Err(error @ Error::Separation { .. }) => println!("as it should be, the fit ends with an error:\n{error}"),
        _ => return expect("the separation of setosa is found", false),
    }

    heading("The same with a ridge penalty, as the error advises: all coefficients are finite");
    let penalised = species.with_ridge(1.0)?;
    let fit = penalised.fit(&Options::default())?;
    let inference = fit.inference(&penalised)?;
    print!("{}", SoftmaxSummary::new(&fit, &inference));
    expect("the fit converged", fit.fit.converged())?;
    // By Newton's method with 60 digits.
    expect_close("the deviance", inference.deviance, 137.674_422_683_006_64, 1e-10)?;
    confusion(&iris.classes, &iris.labels, &fit.predict_class(&sepals)?);

    heading("Species by all four columns: a network with one hidden layer, by Adam over mini-batches");
    let network = Network::classification(&iris.x, &iris.classes, &iris.labels)?;
    let network = network.with_hidden(8, Activation::Tanh)?.with_ridge(0.1)?.with_seed(1);
    let start = models::Objective::start(&network)?;
    let report = check_gradient(&network, &start)?;
    println!("gradient check of {} parameters: {}", start.len(), report.verdict());
    expect("the gradient is right", report.passed())?;
    let adam = Adam { learning_rate: 0.01, ..Adam::default() };
    let fit = network.fit(&Options { max_iterations: 200, ..Options::method(Method::Adam(adam)) })?;
    println!("loss {:.4} after {} epochs; {}", fit.fit.loss, fit.fit.iterations, fit.fit.status);
    let wrong = confusion(&iris.classes, &iris.labels, &fit.predict_class(&iris.x)?);
    expect("at most 5 of 150 flowers are taken for another species", wrong <= 5)
}

/// Prints how often each species is taken for which, and gives the number of mistakes.
fn confusion(classes: &[String], labels: &Array1<usize>, predicted: &[usize]) -> usize {
    let mut headings = vec!["species"];
    headings.extend(classes.iter().map(String::as_str));
    let mut table = Table::new(&headings);
    for (place, class) in classes.iter().enumerate() {
        let pairs = || labels.iter().zip(predicted).filter(|(label, _)| **label == place);
        let count = |taken_for: usize| pairs().filter(|(_, predicted)| **predicted == taken_for).count();
        let [first, second, third] = [count(0), count(1), count(2)];
        table.row(&[class, &first, &second, &third]);
    }
    println!("\n{table}");
    labels.iter().zip(predicted).filter(|(label, predicted)| label != predicted).count()
}
