//! Conditions, tags and aliases: `processDependencyEnabled`.

use seatrial_gotemplate::semver::{Constraints, Version};
use serde_json::Value;

use super::graph::{ChartId, Graph};
use super::lookup;
use crate::coalesce::{Item, Merger, Prefix, TableId};
use crate::error::Error;

impl Graph<'_> {
    /// Keeps of the charts under this one those that its requirements, seen with the values, leave on.
    pub(super) fn enable(&mut self, chart: ChartId, values: TableId, path: &str) -> Result<(), Error> {
        let requirements = self.meta(chart).requirements.clone();
        if requirements.is_empty() {
            return Ok(());
        }
        let there = self.charts[chart].dependencies.clone();
        let mut dependencies: Vec<ChartId> = there
            .iter()
            .copied()
            .filter(|inner| !requirements.iter().any(|requirement| self.meets(*inner, *requirement)))
            .collect();
        for requirement in &requirements {
            if let Some(found) = there.iter().copied().find(|inner| self.meets(*inner, *requirement)) {
                dependencies.push(self.alias(found, *requirement)?);
            }
            let requirement = &mut self.requirements[*requirement];
            if !requirement.base.alias.is_empty() {
                requirement.name = &requirement.base.alias;
            }
        }
        self.set_dependencies(chart, dependencies);

        let coalesced = self.heap.copy_table(values)?;
        let node = self.node(chart);
        let mut merger = Merger::new(&mut self.heap, self.version, false);
        let done = merger.coalesce(&node, coalesced, Prefix::default());
        self.warnings.append(&mut merger.warnings);
        done?;
        for requirement in &requirements {
            self.requirements[*requirement].enabled = self.tagged(*requirement, coalesced);
        }
        for requirement in &requirements {
            if let Some(enabled) = self.condition(*requirement, coalesced, path) {
                self.requirements[*requirement].enabled = enabled;
            }
        }

        let off: Vec<&str> = requirements
            .iter()
            .map(|requirement| &self.requirements[*requirement])
            .filter(|requirement| !requirement.enabled)
            .map(|requirement| requirement.name)
            .collect();
        let kept: Vec<ChartId> = self.charts[chart].dependencies.clone();
        let kept: Vec<ChartId> =
            kept.into_iter().filter(|inner| !off.contains(&self.meta(*inner).name)).collect();
        let left: Vec<usize> = requirements
            .into_iter()
            .filter(|requirement| !off.contains(&self.requirements[*requirement].name))
            .collect();
        for inner in &kept {
            let path = format!("{path}{}.", self.meta(*inner).name);
            self.enable(*inner, coalesced, &path)?;
        }
        let metadata = self.charts[chart].metadata;
        self.metas[metadata].requirements = left;
        self.set_dependencies(chart, kept);
        Ok(())
    }

    /// Whether a chart is what a requirement asks for: its name, and a version in its range.
    fn meets(&self, chart: ChartId, requirement: usize) -> bool {
        let meta = self.meta(chart);
        let requirement = &self.requirements[requirement];
        meta.name == requirement.name
            && Version::parse(meta.version.as_bytes()).is_ok_and(|version| {
                Constraints::parse(requirement.base.version.as_bytes())
                    .is_ok_and(|constraint| constraint.check(&version))
            })
    }

    /// What the tags say: off if at least one is off and none is on.
    fn tagged(&mut self, requirement: usize, values: TableId) -> bool {
        let requirement = &self.requirements[requirement];
        let Ok(tags) = lookup::table(&self.heap, values, "tags") else { return true };
        let (mut on, mut off) = (false, false);
        for tag in &requirement.base.tags {
            match self.heap.get(tags, tag) {
                None => {}
                Some(Item::Leaf(Value::Bool(true))) => on = true,
                Some(Item::Leaf(Value::Bool(false))) => off = true,
                Some(_) => self.warnings.push(format!(
                    "Warning: Tag '{tag}' for chart {} returned non-bool value",
                    requirement.name
                )),
            }
        }
        on || !off
    }

    /// What the first condition that is a boolean says.
    fn condition(&mut self, requirement: usize, values: TableId, path: &str) -> Option<bool> {
        let requirement = &self.requirements[requirement];
        for condition in requirement.base.condition.trim().split(',').filter(|text| !text.is_empty()) {
            match lookup::value(&self.heap, values, &format!("{path}{condition}")) {
                Some(Value::Bool(enabled)) => return Some(*enabled),
                Some(_) => self.warnings.push(format!(
                    "Warning: Condition path '{condition}' for chart {} returned non-bool value",
                    requirement.name
                )),
                None => {}
            }
        }
        None
    }
}
