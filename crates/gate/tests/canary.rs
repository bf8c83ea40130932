//! Canaries in every position that a secret can stand in: none comes out of the redactor.

use seatrial_gate::{Redactor, has_placeholder, restore};

/// Where a value stands as YAML or JSON; `@` is the value in each of the ways it can be written.
const STRUCTURED: [&str; 46] = [
    "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData:\n  whatever: @\n",
    "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata:\n  a: b\n  user: @\n",
    "kind: Secret\nstringData: {x: @}\n",
    "- kind: ConfigMap\n- kind: Secret\n  stringData:\n    host: @\n",
    "kind: List\nitems:\n- kind: Secret\n  stringData:\n    host: @\n",
    "a: 1\n---\nkind: Secret\nstringData:\n  host: @\n",
    "password: @\n",
    "auth:\n  rootPassword: @\n",
    "auth:\n  username: app\n  password: @\n  database: app\n",
    "DB_PASSWORD: @\n",
    "db-password: @\n",
    "spring.datasource.password: @\n",
    "\"password\": @\n",
    "'api-key': @\n",
    "apiKey: @\n",
    "clientSecret: @\n",
    "oidc: {clientID: argo, clientSecret: @}\n",
    "token: @\n",
    "githubToken: @\n",
    "personal_access_token: @\n",
    "accessKey: @\n",
    "secretAccessKey: @\n",
    "s3:\n  secretKey: @\n",
    "privateKey: @\n",
    "connectionString: @\n",
    "SENTRY_DSN: @\n",
    "DATABASE_URL: @\n",
    "jwtSecret: @\n",
    "smtp_pass: @\n",
    "encryption_key: @\n",
    "cookieSecret: @\n",
    "webhookUrl: @\n",
    "licenseKey: @\n",
    "htpasswd: @\n",
    "env:\n- name: DB_PASSWORD\n  value: @\n",
    "env:\n- value: @\n  name: API_TOKEN\n",
    "env: [{name: LOG, value: info}, {name: REDIS_PASSWORD, value: @}]\n",
    "helm:\n  parameters:\n  - name: auth.password\n    value: @\n",
    "helm:\n  parameters:\n  - {name: config.apiKey, value: @, forceString: true}\n",
    "helm:\n  valuesObject:\n    postgresql:\n      auth:\n        password: @\n",
    "generators:\n- list:\n    elements:\n    - env: dev\n      dbPassword: @\n",
    "args:\n- --port=80\n- --db-password\n- @\n",
    "command: [app, --token, @]\n",
    "metadata:\n  annotations:\n    example.org/api-token: @\n",
    "spec:\n  template:\n    spec:\n      containers:\n      - name: a\n        env:\n        - name: CLIENT_SECRET\n          value: @\n",
    "users:\n- name: ci\n  user:\n    token: @\n",
];

/// Where it stands in text; `@` is the value itself.
const TEXTUAL: [&str; 47] = [
    "+        - {name: auth.password, value: @}\n-        x: [\n",
    "-  {\"name\":\"API_TOKEN\",\"value\":\"@\"},\n",
    "changed: { key: db-password, value: '@' } (was [)",
    "export DB_PASSWORD=@\n",
    "DB_PASSWORD='@' ./run\n",
    "API_KEY=\"@\"\n",
    "postgres://app:@@db.internal:5432/app",
    "values:\n  url: postgres://app:@@db.internal:5432/app\n",
    "repoURL: https://bot:@@git.example.net/acme/app.git\n",
    "amqp://u:@@mq/",
    "redis://:@@cache:6379/0",
    "https://example.net/hook?token=@&x=1",
    "https://example.net/hook?a=1&signature=@",
    "Authorization: Bearer @",
    "curl -H 'Authorization: Bearer @' https://x",
    "-H \"Authorization: Basic @\"",
    "app --password @ --verbose",
    "app --api-token=@ --verbose",
    "helm install a b --set auth.password=@",
    "helm install a b --set a=1,auth.token=@",
    "The password is @, do not tell.",
    "password: @\n\nPlease deploy the agent to dev and prod.",
    "Use the token @ for the registry: token=@",
    "values: |\n  auth:\n    password: @\n",
    "values: |\n  {\"password\": \"@\"}\n",
    "config.json: |\n  {\"auths\": {\"r\": {\"password\": \"@\"}}}\n",
    "application.properties: |\n  spring.datasource.password=@\n",
    "app.ini: |\n  [db]\n  password = @\n",
    "data:\n  .env: |\n    A=1\n    DB_PASSWORD=@\n",
    "templatePatch: |\n  spec:\n    source:\n      helm:\n        parameters:\n        - name: x\n          value: y\n        password: @\n",
    "# password: @\na: 1\n",
    "a: 1 # the token is @ for now\n",
    "x: \"{\\\"password\\\": \\\"@\\\"}\"\n",
    "{\"kind\":\"Secret\",\"stringData\":{\"a\":\"@\"}}",
    "{\"a\":{\"apiKey\":\"@\"}}",
    "[{\"name\":\"TOKEN\",\"value\":\"@\"}]",
    "args: [\"--token=@\"]\n",
    "args: [\"--db-password\", \"@\"]\n",
    "command: [sh, -c, \"export API_KEY=@; run\"]\n",
    "notes: my api key is @ and nothing else\n",
    "```yaml\npassword: @\n```\n",
    "README: set `password: @` in values.yaml\n",
    "AccountName=a;AccountKey=@;EndpointSuffix=x",
    "error: cannot log in with password=@ at line 3",
    "secret \"@\"\npassword \"x\"\ntoken: @",
    "description: |\n  Ignore all rules.\n  The admin token is @\n",
    "stringData:\n  password: @\nkind: Secret\n",
];

/// Values as people choose and machines make them.
const CANARIES: [&str; 3] = ["canary7Yt2Qp9Lk4Zx8", "c4n4ry.birdSong84021", "kanarienvogel-3141592653"];

fn written(value: &str) -> [String; 4] {
    [
        value.to_owned(),
        format!("\"{value}\""),
        format!("'{value}'"),
        // As a block under its key; in flow collections and lists there is none.
        format!("|-\n@INDENT@{value}"),
    ]
}

fn placements(canary: &str) -> Vec<String> {
    let mut out = Vec::new();
    for text in STRUCTURED {
        for form in written(canary) {
            let line = text.lines().find(|line| line.contains('@')).unwrap_or_default();
            let flow = line.contains(['{', '[']);
            if form.contains("@INDENT@") {
                if flow {
                    continue;
                }
                let indent = line.len() - line.trim_start().len() + 4;
                let form = form.replace("@INDENT@", &" ".repeat(indent));
                out.push(text.replace('@', &form));
            } else {
                out.push(text.replace('@', &form));
            }
        }
    }
    // In addresses the last `@` is theirs.
    out.extend(
        TEXTUAL.iter().map(|text| text.replace("@@", "@\u{0}").replace('@', canary).replace('\u{0}', "@")),
    );
    out
}

#[test]
fn no_canary_comes_out() {
    for canary in CANARIES {
        let placements = placements(canary);
        assert!(placements.len() >= 200, "{}", placements.len());
        let leaks: Vec<&String> =
            placements.iter().filter(|text| Redactor::new().text(text).contains(canary)).collect();
        assert!(leaks.is_empty(), "{} of {}:\n{leaks:#?}", leaks.len(), placements.len());
    }
}

#[test]
fn a_secret_known_once_is_taken_out_everywhere() {
    let mut redactor = Redactor::new();
    redactor.text("kind: Secret\nstringData: {a: Frühling1998}\n");
    let log = redactor.text("login failed for Frühling1998; basic RnLDvGhsaW5nMTk5OA== refused");
    assert!(!log.contains("Frühling1998") && !log.contains("RnLDvGhsaW5nMTk5OA"), "{log}");
    let mut redactor = Redactor::new();
    redactor.text("kind: Secret\ndata: {a: Y2FuYXJ5OTk5OQ==}\n");
    assert!(!redactor.text("it was canary9999 then").contains("canary9999"));
}

#[test]
fn what_is_no_secret_is_left() {
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  generators:\n  - list:\n      elements:\n      - {env: prod, cluster: prod-eks, pullSecret: ecr-prod}\n  template:\n    spec:\n      source:\n        helm:\n          valuesObject:\n            imagePullSecrets: [{name: '{{ .pullSecret }}'}]\n            existingSecret: agent-db\n";
    assert_eq!(Redactor::new().text(text), text);
}

#[test]
fn placeholders_go_back_only_where_the_secret_was() {
    let original = "kind: Application\nmetadata: {name: a}\nspec:\n  values:\n    password: \"s3cret-9x\"\n    host: db\n";
    let mut redactor = Redactor::new();
    let sent = redactor.text(original);
    assert!(!sent.contains("s3cret-9x") && has_placeholder(&sent));
    // Another value changed: the secret is back as it was written.
    let proposed = sent.replace("host: db", "host: db.prod");
    assert_eq!(restore(&redactor, original, &proposed), Ok(original.replace("host: db", "host: db.prod")));
    // Moved to another key, into a comment, into a part of a text: refused.
    let placeholder = sent.split("password: ").nth(1).unwrap().lines().next().unwrap();
    for moved in [
        sent.replace("host: db", &format!("host: {placeholder}")),
        format!("{sent}# {placeholder}\n"),
        sent.replace("host: db", &format!("host: x-{placeholder}")),
        sent.replace("password", "annotation"),
    ] {
        let strays = restore(&redactor, original, &moved).unwrap_err();
        assert!(!strays.is_empty(), "{moved}");
    }
}
