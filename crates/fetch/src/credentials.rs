//! Who is asking: users and passwords for servers, from where people keep them.

use std::fmt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::docker::Registries;

/// A user and a password for a server. Neither is ever shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password or token.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(…)")
    }
}

impl Login {
    /// The value of an `Authorization` header.
    pub(crate) fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.user, self.password)))
    }
}

/// Logins by server (`host` or `host:port`). `git` finds its own, as its own configuration says (helpers, netrc, SSH keys).
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    logins: Vec<(String, Login)>,
    registries: Registries,
}

impl Credentials {
    /// Those of the user: `~/.netrc` (or `NETRC`); for registries also those of Helm (`HELM_REGISTRY_CONFIG`, else
    /// `~/.config/helm/registry/config.json`) and of Docker (`config.json` in `DOCKER_CONFIG`, else in `~/.docker`).
    pub fn of_user() -> Self {
        let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
        let place = |name: &str, rest: &str| {
            std::env::var_os(name).map(PathBuf::from).or_else(|| Some(home.as_ref()?.join(rest)))
        };
        let mut found = Self::default();
        let read = |path: Option<PathBuf>| path.and_then(|path| std::fs::read_to_string(path).ok());
        if let Some(text) = read(place("NETRC", ".netrc")) {
            found.add_netrc(&text);
        }
        let helm = place("HELM_REGISTRY_CONFIG", ".config/helm/registry/config.json");
        let docker = place("DOCKER_CONFIG", ".docker").map(|dir| dir.join("config.json"));
        for text in [helm, docker].into_iter().filter_map(read) {
            found.add_docker(&text);
        }
        found
    }

    /// Adds a login for a server; an earlier one for the same server wins.
    pub fn add(&mut self, server: &str, user: &str, password: &str) {
        let login = Login { user: user.to_owned(), password: password.to_owned() };
        self.logins.push((server.to_ascii_lowercase(), login));
    }

    /// Adds what a netrc file says.
    pub fn add_netrc(&mut self, text: &str) {
        let mut words = text.split_whitespace();
        let (mut server, mut user) = (None, None);
        while let Some(word) = words.next() {
            match word {
                "machine" => (server, user) = (words.next(), None),
                "default" => (server, user) = (None, None),
                "login" => user = words.next(),
                "password" => {
                    if let (Some(server), Some(password)) = (server, words.next()) {
                        self.add(server, user.unwrap_or_default(), password);
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds a configuration of Docker (`config.json`), which counts for registries: its `auths`, and its `credHelpers` and
    /// `credsStore`, programs that are run when a login is asked for.
    pub fn add_docker(&mut self, text: &str) {
        self.registries.add(text);
    }

    /// The login for a registry; helpers are run for it.
    pub(crate) fn registry(&self, server: &str) -> Option<Login> {
        self.registries.find(server).or_else(|| self.find(server).cloned())
    }

    /// The login for a server with or without its port.
    pub fn find(&self, server: &str) -> Option<&Login> {
        let server = server.to_ascii_lowercase();
        let host = server.rsplit_once(':').map_or(server.as_str(), |(host, _)| host);
        let of = |wanted: &str| self.logins.iter().find(|(known, _)| known == wanted).map(|(_, login)| login);
        of(&server).or_else(|| of(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_people_have() {
        let mut found = Credentials::default();
        found.add_netrc(
            "machine charts.example.org\n  login me\n  password secret\ndefault login x password y\n",
        );
        found.add_docker(r#"{"auths": {"https://registry.example.org:5000/v1/": {"auth": "bWU6dG9rZW4="}}}"#);
        assert_eq!(found.find("charts.example.org:8443").unwrap().password, "secret");
        // What Docker has is for registries alone.
        assert_eq!(found.registry("registry.example.org:5000").unwrap().password, "token");
        assert!(found.find("registry.example.org:5000").is_none());
        assert_eq!(found.registry("charts.example.org").unwrap().password, "secret");
        assert!(found.find("other.example.org").is_none());
        assert!(!format!("{found:?}").contains("secret"));
    }
}
