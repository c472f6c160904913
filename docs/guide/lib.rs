//! The guide: its pages stand in `pages/`, mdBook makes a book of them (`mdbook build docs/guide`), and here every code block of
//! theirs is a test.

macro_rules! pages {
    ($($page:ident),* $(,)?) => {
        /// The names of all pages.
        pub const PAGES: &[&str] = &[$(stringify!($page)),*];
        $(
            #[doc = include_str!(concat!("pages/", stringify!($page), ".md"))]
            pub mod $page {}
        )*
    };
}

pages!(
    introduction,
    first_gradient,
    own_loss,
    backpropagation,
    rows,
    more_rows,
    tails,
    nan,
    checking,
    operations,
    fitting,
    inference,
    coming_from,
    limits,
);
