//! The pictures of a fit.

use crate::run::{glm, reference, scratch};
use std::path::Path;

/// Every picture of a run: names, with the text of the SVG.
fn draw(directory: &str, arguments: &[&str]) -> Vec<(String, String)> {
    let directory = scratch(directory);
    let _ = std::fs::remove_dir_all(&directory);
    let run = glm(&[&["fit"], arguments, &["--plots", &directory]].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    let mut pictures = Vec::new();
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            assert_png(&path.with_extension("png"));
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            pictures.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    pictures.sort();
    pictures
}

/// The file is a picture with something on it.
fn assert_png(path: &Path) {
    let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let inked = pixels.iter().filter(|value| **value < 128).count();
    assert!(inked > 1000, "{}: {inked} dark values", path.display());
}

#[test]
fn a_binary_response_has_five_pictures_with_titles_and_labels() {
    let pictures =
        draw("birthwt_pictures", &[&reference("birthwt.csv"), "--response", "y", "--terms", "age,lwt,smoke"]);
    let names: Vec<&str> = pictures.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["calibration", "coefficients", "convergence", "residuals", "roc"]);
    for ((_, svg), words) in pictures.iter().zip([
        &["Calibration", "mean fitted value", "mean response"][..],
        &["Coefficients", "age", "lwt", "smoke", "95 % interval"],
        &["Convergence", "iteration"],
        &["Residuals", "linear predictor", "deviance residual"],
        &["Receiver operating characteristic", "false positive rate", "true positive rate", "area under the curve"],
    ]) {
        for word in words {
            assert!(svg.contains(word), "{word}");
        }
    }
}

#[test]
fn other_responses_have_no_roc() {
    let data = reference("warpbreaks.csv");
    let pictures = draw("warpbreaks_pictures", &[&data, "--response", "y", "--family", "poisson", "--terms", "woolB"]);
    let names: Vec<&str> = pictures.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["calibration", "coefficients", "convergence", "residuals"]);
}
