//! The chart of an intent, in as few words as it can be told.

use seatrial_author::{ChartPlace, ChartSource, Charts, Intent};
use seatrial_gate::Redactor;
use seatrial_yaml::goyaml;
use serde_json::Value;

use crate::brief::tokens;

/// How many charts are named when the intent names none.
const SHOWN: usize = 40;

/// Words in the path of a value that platforms have facts about. Such values are told first.
const MATTERS: [&str; 22] = [
    "image",
    "replica",
    "pullsecret",
    "resources",
    "nodeselector",
    "tolerations",
    "affinity",
    "ingress",
    "persistence",
    "storage",
    "volume",
    "serviceaccount",
    "existingsecret",
    "disruption",
    "autoscaling",
    "topology",
    "service.",
    "port",
    "probe",
    "namespace",
    "hosts",
    "security",
];

/// What is told of the chart that an intent means, or of those there are, in at most `room` tokens; and what is not told. Comments of
/// values files and READMEs are never told: they are other people's words, and a model could take them for orders.
pub(crate) fn describe(
    charts: &Charts<'_>,
    intent: &Intent,
    redactor: &mut Redactor,
    room: usize,
) -> (String, Vec<String>) {
    let Some(meant) = charts.meant(intent) else { return (known(charts), Vec::new()) };
    let mut text = address(meant, charts);
    let mut left_out = Vec::new();
    let chart = match charts.load(meant) {
        Ok(prepared) => std::sync::Arc::clone(prepared.chart()),
        Err(why) => {
            text.push_str(&format!("The chart cannot be read here: {why}\n"));
            return (redactor.text(&text), left_out);
        }
    };
    if !chart.metadata.app_version.is_empty() {
        text.push_str(&format!("appVersion: {}\n", chart.metadata.app_version));
    }
    let file = chart.values_file.as_ref().and_then(|file| std::str::from_utf8(&file.data).ok());
    let values = file.and_then(|text| goyaml::to_json(text).ok()).unwrap_or_default();
    let mut leaves = Vec::new();
    flat("", &redactor.value(&values), &mut leaves);
    let mut needed = Vec::new();
    if let Some(schema) =
        chart.schema.as_ref().and_then(|file| serde_json::from_slice::<Value>(&file.data).ok())
    {
        required("", &schema, 0, &mut needed);
    }
    let mut free = room.saturating_sub(tokens(&text) + 40);
    if !needed.is_empty() {
        let line = format!("Its schema demands: {}\n", needed.join("; "));
        if tokens(&line) <= free {
            free -= tokens(&line);
            text.push_str(&line);
        } else {
            left_out.push(
                "what the chart's schema demands, for want of room (it is checked all the same)".to_owned(),
            );
        }
    }
    let matters = |path: &str| {
        let path = path.to_ascii_lowercase();
        MATTERS.iter().any(|word| path.contains(word))
    };
    let mut kept = vec![false; leaves.len()];
    for wanted in [true, false] {
        for (index, (path, value)) in
            leaves.iter().enumerate().filter(|(_, (path, _))| matters(path) == wanted)
        {
            let need = tokens(path) + tokens(value) + 2;
            if need <= free {
                free -= need;
                kept[index] = true;
            }
        }
    }
    text.push_str("Its values and their defaults:\n");
    for ((path, value), _) in leaves.iter().zip(&kept).filter(|(_, kept)| **kept) {
        text.push_str(&format!("{path}: {value}\n"));
    }
    let missing = kept.iter().filter(|kept| !**kept).count();
    if missing > 0 {
        left_out.push(format!("{missing} values of the chart, for want of room"));
    }
    (text, left_out)
}

fn known(charts: &Charts<'_>) -> String {
    if charts.known.is_empty() {
        return "No chart is known: no repository of the platform file holds one.\n".into();
    }
    let mut text = "The intent names none of the charts that are known:\n".to_owned();
    for chart in charts.known.iter().take(SHOWN) {
        text.push_str(&format!("{} ", chart.name));
        text.push_str(&address(chart, charts));
    }
    text
}

fn address(chart: &ChartSource, charts: &Charts<'_>) -> String {
    match &chart.place {
        ChartPlace::Folder(folder) => {
            let tags = charts.tags(&chart.url);
            let tags = match tags.as_slice() {
                [] => String::new(),
                tags => format!(
                    ", tags {}",
                    tags.iter().rev().take(10).rev().cloned().collect::<Vec<_>>().join(", ")
                ),
            };
            let path = if folder.is_empty() { "." } else { folder };
            format!("chart {}: repoURL {}, path {path}{tags}\n", chart.name, chart.url)
        }
        ChartPlace::Packaged => {
            format!(
                "chart {}: repoURL {}, chart: {}, newest version {}\n",
                chart.name, chart.url, chart.name, chart.version
            )
        }
    }
}

/// Every leaf with its path; empty maps and lists are leaves.
fn flat(path: &str, value: &Value, out: &mut Vec<(String, String)>) {
    /// Longer texts are told by their beginning.
    const LONGEST: usize = 80;
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                let key = if key.contains('.') { format!("\"{key}\"") } else { key.clone() };
                let inner = if path.is_empty() { key } else { format!("{path}.{key}") };
                flat(&inner, value, out);
            }
        }
        leaf => {
            let mut text = leaf.to_string();
            if let Some((at, _)) = text.char_indices().nth(LONGEST) {
                text.truncate(at);
                text.push('…');
            }
            out.push((path.to_owned(), text));
        }
    }
}

/// `image.tag is required`, `service.type is one of …` of a values schema.
fn required(path: &str, schema: &Value, depth: usize, out: &mut Vec<String>) {
    const DEPTH: usize = 12;
    if depth > DEPTH || out.len() > 100 {
        return;
    }
    let inner = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    for key in
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    {
        out.push(format!("{} is required", inner(key)));
    }
    for (key, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if let Some(choices) = property.get("enum").and_then(Value::as_array).filter(|list| list.len() <= 12)
        {
            let choices: Vec<String> = choices.iter().map(Value::to_string).collect();
            out.push(format!("{} is one of {}", inner(key), choices.join(", ")));
        } else if property.get("type").and_then(Value::as_str) == Some("integer") {
            out.push(format!("{} is an integer", inner(key)));
        }
        required(&inner(key), property, depth + 1, out);
    }
}
