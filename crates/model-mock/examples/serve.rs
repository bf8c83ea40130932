//! The stand-in by hand: `cargo run -p seatrial-model-mock --example serve [PORT]` prints its address and the keys that are right, and
//! plays scenes until it is stopped.
#![allow(clippy::print_stdout)]

use seatrial_model_mock::{ACCESS_KEY, KEY, Mock, Rules, SECRET_KEY, scenes};

fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok()).unwrap_or(0);
    let mock = Mock::with(Rules::default(), port, scenes())?;
    println!("{} {KEY} {ACCESS_KEY} {SECRET_KEY}", mock.url());
    mock.wait();
    Ok(())
}
