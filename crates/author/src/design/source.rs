//! Which chart, and at which revision.

use seatrial_gotemplate::semver;

use crate::charts::{ChartPlace, ChartSource, Charts};
use crate::intent::Intent;
use crate::question::Question;
use crate::targets::Target;

/// The chart that is meant.
pub(crate) fn chart<'c>(
    intent: &Intent,
    charts: &'c Charts<'_>,
    questions: &mut Vec<Question>,
) -> Option<&'c ChartSource> {
    let of_repository =
        |chart: &&ChartSource| intent.repository.as_ref().is_none_or(|url| same_address(url, &chart.url));
    let all: Vec<&ChartSource> = charts.known.iter().filter(of_repository).collect();
    let answer = "name it in the intent, or --chart NAME";
    let Some(wanted) = &intent.chart else {
        let names: Vec<&str> = all.iter().map(|chart| chart.name.as_str()).collect();
        let text = match names.as_slice() {
            [] => "From which chart? Nothing stands for a repository with charts.".to_owned(),
            names => format!("From which chart? The repositories hold {}.", some(names)),
        };
        let answer = if names.is_empty() {
            "repositories: {<address>: {path: …}} in the platform file"
        } else {
            answer
        };
        questions.push(Question::open("chart", text, answer));
        return None;
    };
    let called = |chart: &&&ChartSource| {
        chart.name == *wanted
            || chart.aliases.contains(wanted)
            || matches!(&chart.place, ChartPlace::Folder(folder) if folder == wanted.trim_matches('/'))
    };
    let found: Vec<&&ChartSource> = all.iter().filter(called).collect();
    match found.as_slice() {
        [one] => Some(one),
        [] => {
            let names: Vec<&str> = all.iter().map(|chart| chart.name.as_str()).collect();
            let text = format!("Where is the chart `{wanted}`? The repositories hold {}.", some(&names));
            questions.push(Question::open("chart", text, answer));
            None
        }
        several => {
            let places: Vec<String> = several.iter().map(|chart| place(chart)).collect();
            let text = format!("Which `{wanted}` is meant? There is {}.", places.join(", and "));
            questions.push(Question::open("chart", text, "--repo URL, or --chart with the folder"));
            None
        }
    }
}

fn place(chart: &ChartSource) -> String {
    match &chart.place {
        ChartPlace::Folder(folder) => format!("`{folder}` of {}", chart.url),
        ChartPlace::Packaged => format!("{} {} of {}", chart.name, chart.version, chart.url),
    }
}

fn some(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        names if names.len() > 12 => format!("{} and {} more", names[..12].join(", "), names.len() - 12),
        names => names.join(", "),
    }
}

fn same_address(a: &str, b: &str) -> bool {
    let bare = |url: &str| {
        let url = url.trim().trim_end_matches('/');
        url.strip_suffix(".git").unwrap_or(url).to_ascii_lowercase()
    };
    bare(a) == bare(b)
}

/// The revision of each target.
pub(super) struct Revisions {
    own: Vec<(String, String)>,
}

impl Revisions {
    fn all_same(&self) -> Option<&str> {
        let (_, first) = self.own.first()?;
        self.own.iter().all(|(_, revision)| revision == first).then_some(first)
    }

    /// What stands in the template.
    pub(super) fn template(&self) -> String {
        self.all_same().map_or_else(|| "{{ .revision }}".to_owned(), str::to_owned)
    }

    /// What stands in an element, where they differ.
    pub(super) fn own(&self, target: &Target<'_>) -> Option<&str> {
        if self.all_same().is_some() {
            return None;
        }
        let found = self.own.iter().find(|(environment, _)| environment == target.environment);
        found.map(|(_, revision)| revision.as_str())
    }
}

/// As the intent says; else the version of a packaged chart, or the tag of its version in a Git repository.
pub(super) fn revisions(
    intent: &Intent,
    chart: &ChartSource,
    charts: &Charts<'_>,
    targets: &[Target<'_>],
    questions: &mut Vec<Question>,
) -> Revisions {
    let by_itself = match chart.place {
        ChartPlace::Packaged => Some(chart.version.clone()),
        ChartPlace::Folder(_) => tag(chart, &charts.tags(&chart.url)),
    };
    let mut own = Vec::new();
    let mut unpinned: Vec<&str> = Vec::new();
    for target in targets {
        let said = intent.revision.get(target.environment).cloned().or_else(|| by_itself.clone());
        if said.is_none() && !unpinned.contains(&target.environment) {
            unpinned.push(target.environment);
        }
        own.push((target.environment.to_owned(), said.unwrap_or_else(|| "HEAD".to_owned())));
    }
    if !unpinned.is_empty() {
        let text = format!("Which tag or commit of {} shall {} follow?", chart.url, unpinned.join(", "));
        let question = Question::open("revision", text, "--revision REV, or --revision ENV=REV");
        questions.push(question.assuming("HEAD, which moves by itself"));
    }
    Revisions { own }
}

/// The tag that a chart's version has in its repository, as the common tools write it.
fn tag(chart: &ChartSource, tags: &[String]) -> Option<String> {
    let version = &chart.version;
    let usual = [
        format!("{}-{version}", chart.name),
        format!("{}-v{version}", chart.name),
        format!("{}/v{version}", chart.name),
        format!("v{version}"),
        version.clone(),
    ];
    let exact = usual.into_iter().find(|tag| tags.contains(tag));
    exact.or_else(|| {
        // The highest release of the whole repository.
        let versions = tags.iter().filter(|tag| !tag.contains('-'));
        let versions = versions.filter_map(|tag| Some((semver::Version::parse(tag.as_bytes()).ok()?, tag)));
        versions.max_by(|a, b| a.0.compare(&b.0)).map(|(_, tag)| tag.clone())
    })
}
