//! Which keys hold a secret, by their names.

/// What ends the name of a key that points at a secret instead of holding one, or says something of it.
const POINTERS: [&str; 27] = [
    "name",
    "names",
    "ref",
    "path",
    "file",
    "enabled",
    "enable",
    "create",
    "policy",
    "type",
    "length",
    "ttl",
    "expiry",
    "expiration",
    "expire",
    "expires",
    "expirationseconds",
    "provider",
    "store",
    "backend",
    "mount",
    "mountpath",
    "annotations",
    "labels",
    "namespace",
    "version",
    "algorithm",
];

/// Names that hold a word of the list below and no secret.
const HARMLESS: [&str; 14] = [
    "pullsecret",
    "imagepullsecret",
    "existingsecret",
    "secretname",
    "tokensexpire",
    "automountserviceaccounttoken",
    "secretproviderclass",
    "passwordkey",
    "usernamekey",
    "secretkeyref",
    "tokenreview",
    "secretstore",
    "tokenurl",
    "tokenendpoint",
];

/// What the name of a key that holds a secret has in it, wherever that stands.
const ANYWHERE: [&str; 34] = [
    "password",
    "passwd",
    "passphrase",
    "secretkey",
    "secretaccesskey",
    "privatekey",
    "clientsecret",
    "apikey",
    "apisecret",
    "appsecret",
    "accesskey",
    "accesstoken",
    "refreshtoken",
    "authtoken",
    "bearertoken",
    "sessiontoken",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "licensekey",
    "sshkey",
    "clientkeydata",
    "connectionstring",
    "connectionuri",
    "databaseurl",
    "dockerconfigjson",
    "dockercfg",
    "htpasswd",
    "kubeconfig",
    "webhookurl",
    "accountkey",
    "sharedkey",
    "storagekey",
    "rootpw",
];

/// What the name of a key that holds a secret ends with.
const AT_THE_END: [&str; 14] = [
    "secret",
    "token",
    "pwd",
    "credential",
    "credentials",
    "dsn",
    "pass",
    "cookie",
    "salt",
    "otp",
    "pin",
    "authorization",
    "bearer",
    "pat",
];

/// Whether a key of this name (`DB_PASSWORD`, `adminPassword`, `client-secret`) holds a secret in plain. Names that point at a
/// Secret (`existingSecret`, `passwordSecretName`) do not.
pub(super) fn holds_secret(key: &str) -> bool {
    if key.len() > 200 {
        return false;
    }
    let plain: String =
        key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    // `auth.password` and `stringData.password` are told by what comes last.
    let last = key.rsplit(['.', '/']).next().unwrap_or(key);
    let last: String =
        last.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    if last.starts_with("existing")
        || HARMLESS.iter().any(|word| last.ends_with(word))
        || POINTERS.iter().any(|word| last.ends_with(word))
    {
        return false;
    }
    ANYWHERE.iter().any(|word| last.contains(word))
        || AT_THE_END.iter().any(|word| last == *word || ends_a_word(key, word) && plain.ends_with(word))
}

/// Whether `word` at the end of a key is a word of its own there: `jwtSecret` and `api_token`, but not `compass`.
fn ends_a_word(key: &str, word: &str) -> bool {
    let Some(at) = key.len().checked_sub(word.len()) else { return false };
    let Some(tail) = key.get(at..) else { return false };
    if !tail.eq_ignore_ascii_case(word) {
        return false;
    }
    let before = key.get(..at).and_then(|head| head.chars().next_back());
    let first = tail.chars().next();
    match (before, first) {
        (None, _) => true,
        (Some(before), _) if !before.is_ascii_alphanumeric() => true,
        (Some(before), Some(first)) => {
            first.is_ascii_uppercase() != before.is_ascii_uppercase() || word.len() > 4
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::holds_secret;

    #[test]
    fn keys_that_hold_one() {
        for key in [
            "password",
            "DB_PASSWORD",
            "adminPassword",
            "auth.rootPassword",
            "client-secret",
            "jwtSecret",
            "token",
            "GITHUB_TOKEN",
            "apiKey",
            "AWS_SECRET_ACCESS_KEY",
            "privateKey",
            ".dockerconfigjson",
            "db_pass",
            "DATABASE_URL",
            "connectionString",
            "SENTRY_DSN",
            "webhookSecret",
            "accountKey",
            "slackWebhookUrl",
            "userpassword",
        ] {
            assert!(holds_secret(key), "{key}");
        }
    }

    #[test]
    fn keys_that_point_at_one() {
        for key in [
            "existingSecret",
            "secretName",
            "imagePullSecret",
            "pullSecret",
            "passwordSecretName",
            "tokenPath",
            "secretKeyRef",
            "compass",
            "bypass",
            "automountServiceAccountToken",
            "tokensExpire",
            "key",
            "name",
            "secretProviderClass",
            "tokenExpirationSeconds",
            "spin",
            "passwordKey",
            "username",
            "replicas",
            "path",
        ] {
            assert!(!holds_secret(key), "{key}");
        }
    }
}
