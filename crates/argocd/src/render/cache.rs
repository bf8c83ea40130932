//! Charts parsed once per content.

/// Parsed charts by content. Cheap to share; empty at first.
#[derive(Debug, Default)]
pub struct ChartCache {}
