//! Docker's `config.json`, and a netrc file: neither shows what it holds.
#![no_main]

use seatrial_fetch::Credentials;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut found = Credentials::default();
    found.add_docker(text);
    found.add_netrc(text);
    let login = found.find("registry.example.org:5000");
    if let Some(login) =
        login.filter(|login| login.password.len() > 8 && text.matches(&login.password).count() == 1)
    {
        assert!(!format!("{found:?}").contains(&login.password));
    }
});
