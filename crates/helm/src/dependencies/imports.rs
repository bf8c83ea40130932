//! `import-values`: `processDependencyImportValues`.

use super::graph::{ChartId, Graph};
use super::lookup;
use crate::chart::ImportValue;
use crate::coalesce::{Item, Merger, Prefix, TableId};
use crate::error::Error;

impl<'c> Graph<'c> {
    /// Imports into every chart, from the innermost outwards.
    pub(super) fn import(&mut self, chart: ChartId) -> Result<(), Error> {
        for inner in self.charts[chart].dependencies.clone() {
            self.import(inner)?;
        }
        let requirements = self.meta(chart).requirements.clone();
        if requirements.is_empty() {
            return Ok(());
        }
        let merged = self.heap.empty();
        let node = self.node(chart);
        let mut merger = Merger::new(&mut self.heap, self.version, true);
        let done = merger.coalesce(&node, merged, Prefix::default());
        self.warnings.append(&mut merger.warnings);
        done?;

        let imported = self.heap.empty();
        for requirement in requirements {
            let requirement = &mut self.requirements[requirement];
            if std::mem::replace(&mut requirement.imported, true) {
                continue;
            }
            let (name, base) = (requirement.name, requirement.base);
            for import in &base.import_values {
                let (child, parent) = match import {
                    ImportValue::Export(export) => (format!("exports.{export}"), "."),
                    ImportValue::Paths { child, parent } => (child.clone(), parent.as_str()),
                    ImportValue::Other => continue,
                };
                match lookup::table(&self.heap, merged, &format!("{name}.{child}")) {
                    Ok(table) => {
                        let table = self.nested(parent, table);
                        self.merge(imported, table);
                    }
                    Err(missing) => {
                        let missing = seatrial_gotemplate::quote(missing.as_bytes());
                        let from = match import {
                            ImportValue::Export(_) => String::new(),
                            _ => format!(" from chart {name}"),
                        };
                        self.warnings.push(format!(
                            "Warning: ImportValues missing table{from}: {missing} is not a table"
                        ));
                    }
                }
            }
        }
        let values = self.heap.copy_table(merged)?;
        self.merge(values, imported);
        self.charts[chart].values = Some(values);
        Ok(())
    }

    fn merge(&mut self, into: TableId, from: TableId) {
        let mut merger = Merger::new(&mut self.heap, self.version, true);
        merger.tables(into, from, Prefix::default(), true);
        self.warnings.append(&mut merger.warnings);
    }

    /// The table under a path of tables made for it; itself for `.`.
    fn nested(&mut self, path: &'c str, table: TableId) -> TableId {
        let mut at = if self.heap.is_empty(table) { self.heap.empty() } else { table };
        if path != "." {
            for name in path.rsplit('.') {
                let outer = self.heap.empty();
                self.heap.set(outer, name, Item::Table(at));
                at = outer;
            }
        }
        at
    }
}
