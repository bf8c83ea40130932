//! What is said of commands that are wrong, and that nothing is said of those that are right.

use proptest::prelude::*;
use seatrial_commands::{Kind, Surroundings, Version, Wrong, check, found};

fn wrong_at(text: &str, kind: Kind, surroundings: &Surroundings) -> Vec<Wrong> {
    found(text, kind).iter().flat_map(|command| check(command, surroundings)).collect()
}

fn wrong(text: &str) -> Vec<(String, Option<String>)> {
    let surroundings = Surroundings {
        argocd: Some(Version(3, 6)),
        contexts: vec![("arn:x/prod".into(), "prod-eks".into()), ("minikube".into(), "minikube".into())],
        ..Surroundings::default()
    };
    wrong_at(text, Kind::Script, &surroundings)
        .into_iter()
        .map(|wrong| (wrong.message, wrong.instead))
        .collect()
}

#[test]
fn commands_and_flags_that_are_not_there() {
    for (text, message, instead) in [
        ("argocd app status web-dev", "`argocd app` has no command `status`", Some("argocd app get web-dev")),
        (
            "argocd app create web --file m.yaml --dry-run",
            "`argocd app create` has no flag `--dry-run`",
            Some(
                "argocd appset create FILE --dry-run -o json for an ApplicationSet, kubectl apply --dry-run=server -f FILE for an Application",
            ),
        ),
        ("argocd app snyc web", "`argocd app` has no command `snyc`", Some("argocd app sync")),
        ("argocd app sync web --prun", "`argocd app sync` has no flag `--prun`", Some("--prune")),
        ("argocd app get web -z", "`argocd app get` has no flag `-z`", None),
        ("kubectl gte pods", "`kubectl` has no command `gte`", Some("kubectl get")),
        ("kubectl get pods --name-space x", "`kubectl get` has no flag `--name-space`", Some("--namespace")),
        (
            "kubectl rollout stats deploy/x",
            "`kubectl rollout` has no command `stats`",
            Some("kubectl rollout status"),
        ),
        ("argocd app", "`argocd app` does nothing by itself: it needs one of its commands", None),
        (
            "kubectl get pods --context=prod-eks",
            "no cluster of the platform has the context `prod-eks`; there is arn:x/prod, minikube",
            Some("--context=arn:x/prod"),
        ),
    ] {
        assert_eq!(wrong(text), [(message.to_owned(), instead.map(str::to_owned))], "{text}");
    }
}

#[test]
fn habits_are_risks() {
    let wrong = wrong_at(
        "argocd app wait x --health\nargocd app list | grep x",
        Kind::Script,
        &Surroundings::default(),
    );
    let told: Vec<(&str, bool)> = wrong.iter().map(|wrong| (wrong.kind, wrong.fails)).collect();
    assert_eq!(told, [("no-timeout", false), ("fragile-list", false)]);
    assert_eq!(wrong[0].instead.as_deref(), Some("argocd app wait x --health --timeout 300"));
}

#[test]
fn what_is_right_is_left_alone() {
    for text in [
        "argocd app sync argocd/web --dry-run --prune --timeout 60",
        "argocd --server cd.example.com app get web -o json --grpc-web",
        "argocd --core app list -l a=b -o name | grep x",
        "argocd appset generate set.yaml -o yaml",
        "argocd app wait web --sync --health --operation --timeout 300",
        "argocd app wait \"$APP\" --timeout=$T",
        "argocd app diff web --revision $SHA || test $? -eq 1",
        "argocd login cd.example.com --sso",
        "argocd admin settings rbac can role:x get applications --policy-file p.csv",
        "argocd app \"$VERB\" web --whatever",
        "argocd",
        "argocd appset [flags]",
        "argocd app sync web --resource [GROUP:KIND:NAME]",
        "argocd proj source-integrity git policies list web",
        "kubectl get pods -v 9 --v=4",
        "kubectl cluster-info",
        "argocd help",
        "argocd app get --help",
        "argocd version --client --short",
        "kubectl -n argocd get applications.argoproj.io -oyaml -w",
        "kubectl get pods -n agents -o wide --context=minikube",
        "kubectl get pods -A -lapp=x --sort-by=.metadata.name",
        "kubectl apply -k overlays/prod --server-side --force-conflicts",
        "kubectl apply view-last-applied deploy x",
        "kubectl create namespace x --dry-run=client -o yaml",
        "kubectl create -f x.yaml",
        "kubectl logs -n agents -l app=x --tail=50 -f --all-containers",
        "kubectl exec -it deploy/x -n y -- argocd --bad sh -c 'ls -la'",
        "kubectl argo rollouts get rollout x --bad",
        "kubectl wait --for=condition=Ready pod -l app=x --timeout=60s",
        "kubectl rollout status deploy/x --timeout=2m",
        "kubectl port-forward svc/argocd-server -n argocd 8080:443 &",
        "kubectl config use-context minikube",
        "kubectl auth can-i create deploy --as=system:serviceaccount:a:b",
    ] {
        assert_eq!(wrong(text), [], "{text}");
    }
}

#[test]
fn versions_differ() {
    let at = |text: &str, version: u16| {
        wrong_at(
            text,
            Kind::Script,
            &Surroundings { argocd: Some(Version(3, version)), ..Surroundings::default() },
        )
    };
    let old = at("argocd appset create x.yaml --wait", 3);
    assert_eq!(old.len(), 1);
    assert_eq!(old[0].message, "`argocd appset create` has no flag `--wait` in 3.3");
    assert_eq!(at("argocd appset create x.yaml --wait", 4), []);
    assert_eq!(at("argocd proj source-integrity git policies list x", 4).len(), 1);
    assert_eq!(at("argocd proj source-integrity git policies list x", 6), []);
}

#[test]
fn places_are_those_of_the_words() {
    let text = "# Page\n\nTry `argocd app status web`, then:\n\n```bash\nkubectl get pods \\\n  --name-space x\n```\n";
    let all = wrong_at(text, Kind::Markdown, &Surroundings::default());
    let at: Vec<&str> = all
        .iter()
        .filter_map(|wrong| text.get(wrong.at..))
        .map(|rest| rest.split_whitespace().next().unwrap_or_default())
        .collect();
    assert_eq!(at, ["status", "--name-space"]);
}

proptest! {
    /// No text makes it panic, and what is told lies in the text.
    #[test]
    fn any_text(text in "(argocd|kubectl|app|get|-|--|[a-z$`'\"|;&<>(){}\\\\ \n#=🦀]){0,60}") {
        for kind in [Kind::Script, Kind::Markdown] {
            for wrong in wrong_at(&text, kind, &Surroundings::default()) {
                prop_assert!(wrong.at <= text.len());
            }
        }
    }
}
