//! What the page computes, without a browser.

mod language;
mod session;
