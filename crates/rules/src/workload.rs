//! How workloads, and what belongs to them, refer to each other in rendered resources.

use seatrial_trial::Resource;
use serde_json::{Map, Value};

use crate::rendered::View;

/// Whether a label selector selects something with these labels. One that cannot be read selects nothing.
pub(crate) fn selects(selector: &Value, labels: Option<&Map<String, Value>>) -> bool {
    let label = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
    let plain = selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten();
    let plain_match = plain.into_iter().all(|(key, value)| label(key) == value.as_str());
    let expressions = selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten();
    plain_match
        && expressions.into_iter().all(|expression| {
            let text = |key: &str| expression.get(key).and_then(Value::as_str).unwrap_or_default();
            let value = label(text("key"));
            let values = expression.get("values").and_then(Value::as_array);
            let among = || values.into_iter().flatten().any(|v| v.as_str() == value);
            match text("operator") {
                "In" => value.is_some() && among(),
                "NotIn" => value.is_none() || !among(),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

/// The rendered autoscaler of a workload: a HorizontalPodAutoscaler, or KEDA's ScaledObject.
pub(crate) fn autoscaler<'v>(view: &'v View<'_>, workload: &Resource) -> Option<&'v Resource> {
    view.resources().iter().find(|r| {
        let at = "/spec/scaleTargetRef";
        let kind = r.text(&format!("{at}/kind"));
        // KEDA scales Deployments unless told otherwise.
        let same_kind = kind == workload.kind() || kind.is_empty() && workload.kind() == "Deployment";
        matches!(r.kind(), "HorizontalPodAutoscaler" | "ScaledObject")
            && same_kind
            && r.text(&format!("{at}/name")) == workload.name()
            && r.namespace() == workload.namespace()
    })
}
