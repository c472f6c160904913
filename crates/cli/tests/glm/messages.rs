//! Messages about files that aren't what they should be: what is wrong, where, and what to do.

use crate::run::{file, glm, glm_given, gzip, scratch};

const ROWS: &str = "y,t\n1,a\n2,b\n3,a\n5,b\n4.4,a\n";

fn fit(data: &str, more: &[&str]) -> crate::run::Run {
    glm(&[&["fit", data, "--response", "y", "--family", "gaussian"], more].concat())
}

#[test]
fn files_that_are_no_models_say_what_they_are_and_what_to_do() {
    let (data, model) = (file("messages.csv", ROWS), scratch("messages.json"));
    assert_eq!(fit(&data, &["--save", &model]).code, 0);
    let text = std::fs::read_to_string(&model).unwrap();
    for (bytes, words) in [
        (&b""[..], "it is empty"),
        (b"\n \n", "it is empty"),
        (b"y,x\n1,2\n", "it is not JSON"),
        (b"\xff\xfe", "it is not text"),
        (b"{\"name\": 1}", "missing field `glm_model`"),
        (&text.as_bytes()[..text.len() / 2], "it is cut short"),
    ] {
        let broken = file("messages_broken.json", bytes);
        for run in [glm(&["predict", &broken, &data]), glm(&["anova", &broken, &model])] {
            assert_eq!(run.code, 2, "{}", run.err);
            for words in ["messages_broken.json: is no model saved by `glm fit --save`", words, "fit the model again"] {
                assert!(run.err.contains(words), "{words}: {}", run.err);
            }
        }
    }
}

#[test]
fn levels_of_intervals_may_look_like_options() {
    let (data, model) = (file("interval.csv", ROWS), scratch("interval.json"));
    assert_eq!(fit(&data, &["--save", &model]).code, 0);
    for level in ["-0.1", "-1", "2", "0", "95%"] {
        let run = glm(&["predict", &model, &data, "--interval", level]);
        assert!(run.code == 2 && run.err.contains("give a probability between 0 and 1"), "{level}: {}", run.err);
    }
    // The next option is none.
    let run = glm(&["predict", &model, &data, "--interval", "--se"]);
    assert!(run.code == 0 && run.out.starts_with("eta,eta_se,eta_low"), "{}{}", run.out, run.err);
}

#[test]
fn empty_files_are_told_what_they_lack() {
    for (content, what) in [("", "is empty"), ("\n\n", "has blank lines only")] {
        let path = file("messages_empty.csv", content);
        for more in [&[][..], &["--memory", "1"], &["--header", "no"], &["--header", "no", "--memory", "1"]] {
            let run = fit(&path, more);
            let needs = match more.contains(&"no") {
                true => "; it needs at least one row",
                false => "; it needs a line of column names and at least one row",
            };
            let told = format!("messages_empty.csv: {what}{needs}");
            assert!(run.code == 2 && run.err.contains(&told), "{more:?}: {}", run.err);
        }
    }
}

/// Compressed files, the standard input and links that need all rows: each with what its own options let one do.
#[test]
fn what_does_not_stream_says_what_to_leave_out() {
    let (packed, journal) = (file("messages.csv.gz", gzip(ROWS.as_bytes())), scratch("messages.journal"));
    let run = fit(&packed, &["--checkpoint", &journal]);
    assert!(run.code == 2 && run.err.contains("unpack it, or leave out --checkpoint"), "{}", run.err);
    let run = fit(&packed, &["--memory", "1"]);
    assert!(run.code == 2 && run.err.contains("unpack it (gunzip), or give one file that fits"), "{}", run.err);
    let arguments = ["fit", "-", "--response", "y", "--family", "gaussian"];
    let expected = glm_given(ROWS.as_bytes(), &arguments);
    let run = glm_given(ROWS.as_bytes(), &[&arguments[..], &["--memory", "1"]].concat());
    assert!(run.code == 0 && run.out == expected.out, "{}", run.err);
    assert!(run.err.contains("the standard input can be read once only, so all of its rows are kept in memory"));
    assert!(expected.err.is_empty(), "{}", expected.err);
}

/// Fits inside of what a link allows stream; those that come to its end need the rows in memory.
#[test]
fn links_that_restrict_the_means_stream_but_for_their_boundary() {
    let inside = file("inside.csv", ROWS);
    for family in ["gamma", "inverse-gaussian"] {
        for link in ["inverse", "inverse-squared", "log", "identity"] {
            let arguments = ["fit", &inside, "--response", "y", "--family", family, "--link", link];
            let (expected, run) = (glm(&arguments), glm(&[&arguments[..], &["--memory", "1"]].concat()));
            assert!(run.code == 0 && run.out == expected.out, "{family} {link}: {} {}", run.out, run.err);
        }
    }
    let edge = file("edge.csv", "y,x\n0,0\n0,1\n1,2\n0,0\n0,1\n2,3\n5,4\n9,5\n");
    let arguments = ["fit", &edge, "--response", "y", "--family", "poisson", "--link", "identity"];
    assert!(glm(&arguments).out.contains("on the boundary"));
    let run = glm(&[&arguments[..], &["--memory", "1"]].concat());
    let words = ["under the link identity", "the rows in memory; give one file that fits", "another link"];
    assert!(run.code == 2 && words.iter().all(|word| run.err.contains(word)), "{}", run.err);
}

#[test]
fn files_of_other_formats_are_told_by_their_first_bytes() {
    for (bytes, words) in [
        (&b"\x93NUMPY\x01\0v\0{'descr': '<f8'}"[..], ["a NumPy array", "to_parquet"]),
        (b"ARROW1\0\0\xff\xff\xff\xff", ["an Arrow or Feather file", "to_parquet"]),
        (b"\xff\xff\xff\xff\x10\0", ["a stream of Arrow", "to_parquet"]),
        (b"\xff\xfey\0,\0x\0", ["text in UTF-16", "save it in UTF-8"]),
        (b"\xfe\xff\0y\0,\0x", ["text in UTF-16", "save it in UTF-8"]),
        (b"SQLite format 3\0\x10\0", ["an SQLite database", "to_parquet"]),
        (b"PK\x03\x04\x14\0", ["an Excel workbook", "export the sheet as CSV"]),
        (b"\x28\xb5\x2f\xfd\x04\0", ["packed by zstd", "unpack it"]),
        (b"\xfd7zXZ\0\0", ["packed by xz", "unpack it"]),
        (b"BZh91AY&SY\x01\x02", ["packed by bzip2", "unpack it"]),
    ] {
        let data = file("other.csv", bytes);
        for more in [&[][..], &["--memory", "1"]] {
            let run = fit(&data, more);
            let said = words.iter().all(|word| run.err.contains(word)) && run.err.contains("glm reads CSV");
            assert!(run.code == 2 && said, "{words:?}: {}", run.err);
        }
    }
    // Text that begins as some of these do.
    let run = fit(&file("no_other.csv", ROWS.replacen("y", "ARROW1", 1)), &[]);
    assert!(run.err.contains("ARROW1") && !run.err.contains("Feather"), "{}", run.err);
}

#[test]
fn journals_of_others_are_left_as_they_are() {
    let data = file("journals.csv", ROWS);
    let other = file("journals.txt", "a letter\n");
    let run = fit(&data, &["--checkpoint", &other]);
    assert!(run.code == 2, "{}", run.err);
    for words in ["journals.txt: is no journal", "left as it is", "choose another name"] {
        assert!(run.err.contains(words), "{}", run.err);
    }
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "a letter\n");
}
