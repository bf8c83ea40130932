//! Rolling syncs: an ApplicationSet, and the Applications and other objects there are; YAML documents between lines of `---`.
//! The length picks the version of Argo CD.
#![no_main]

use seatrial_argocd::{Fixtures, Flags, Limits, NoRepositories, State, Version, World, expand};
use seatrial_yaml::goyaml;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut documents = text.split("\n---\n").filter_map(|document| goyaml::to_json(document).ok());
    let Some(set) = documents.next() else { return };
    let objects: Vec<_> = documents.collect();
    let (state, fixtures) = (State::new("argocd", objects).complete(), Fixtures::default());
    let world = World {
        namespace: "argocd".to_owned(),
        version: Version::KNOWN[text.len() % Version::KNOWN.len()],
        flags: Flags { progressive_syncs: true, ..Flags::default() },
        state: &state,
        repositories: &NoRepositories,
        fixtures: &fixtures,
        clusters_known: true,
        projects_known: true,
    };
    let limits = Limits {
        parameter_sets: 500,
        output_bytes: 4 << 20,
        string_bytes: 1 << 18,
        template_steps: 200_000,
        ..Limits::default()
    };
    let got = expand(&set, &world, &limits);
    if let Some(rollout) = &got.rollout {
        for name in &rollout.synced {
            assert!(
                got.generated.iter().any(|made| made.name() == *name),
                "{name} is synced and not generated"
            );
        }
    }
    let again = expand(&set, &world, &limits);
    assert_eq!(format!("{:?}", got.rollout), format!("{:?}", again.rollout));
});
