//! What the page computes, without a browser.

mod language;
mod rewrites;
mod session;
