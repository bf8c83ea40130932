//! Tables by number, so that two places can hold the same one.

use std::collections::BTreeMap;
use std::collections::HashMap;

use seatrial_gotemplate::{Elem, Map, Numbers, Str, Value as GoValue};
use serde_json::Value;

use crate::chart::Values;
use crate::error::Error;

/// The most entries that coalescing copies before it is stopped.
const MOST_ENTRIES: usize = 50_000_000;

/// The most tables within tables.
pub(crate) const MOST_DEPTH: usize = 2_000;

/// What is said of a table that is within itself.
const KNOT: &str = "values contain themselves: globals and imported values of the subcharts are tied to each other, and Helm would never end";

/// A table of a [`Heap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TableId(u32);

/// A value of a table. Lists are never changed by coalescing: they are values like any other.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Item<'v> {
    Leaf(&'v Value),
    Table(TableId),
}

impl Item<'_> {
    pub(crate) fn is_null(self) -> bool {
        matches!(self, Self::Leaf(Value::Null))
    }
}

pub(crate) type Table<'v> = BTreeMap<&'v str, Item<'v>>;

/// All tables of one coalescing.
#[derive(Debug, Default)]
pub(crate) struct Heap<'v> {
    tables: Vec<Table<'v>>,
    entries: usize,
}

impl<'v> Heap<'v> {
    pub(crate) fn add(&mut self, table: Table<'v>) -> TableId {
        self.tables.push(table);
        TableId((self.tables.len() - 1) as u32)
    }

    pub(crate) fn empty(&mut self) -> TableId {
        self.add(Table::new())
    }

    pub(crate) fn get(&self, table: TableId, key: &str) -> Option<Item<'v>> {
        self.tables.get(table.0 as usize)?.get(key).copied()
    }

    pub(crate) fn set(&mut self, table: TableId, key: &'v str, item: Item<'v>) {
        if let Some(table) = self.tables.get_mut(table.0 as usize) {
            table.insert(key, item);
        }
    }

    pub(crate) fn remove(&mut self, table: TableId, key: &str) {
        if let Some(table) = self.tables.get_mut(table.0 as usize) {
            table.remove(key);
        }
    }

    pub(crate) fn is_empty(&self, table: TableId) -> bool {
        self.tables.get(table.0 as usize).is_none_or(BTreeMap::is_empty)
    }

    /// The entries as they stand, sorted by key.
    pub(crate) fn entries(&self, table: TableId) -> Vec<(&'v str, Item<'v>)> {
        self.tables
            .get(table.0 as usize)
            .map(|table| table.iter().map(|(key, item)| (*key, *item)).collect())
            .unwrap_or_default()
    }

    /// A deep copy of values.
    pub(crate) fn copy(&mut self, values: &'v Values) -> Result<TableId, Error> {
        self.count(values.len())?;
        let mut table = Table::new();
        for (key, value) in values {
            let item = match value {
                Value::Object(inner) => Item::Table(self.copy(inner)?),
                value => Item::Leaf(value),
            };
            table.insert(key.as_str(), item);
        }
        Ok(self.add(table))
    }

    /// That no table is within itself. Helm's globals and imports share tables, and can tie such a knot; Helm then follows
    /// it until its stack is full.
    pub(crate) fn finite(&self, table: TableId) -> Result<(), Error> {
        let inner = |id: TableId| -> Vec<TableId> {
            let items = self.tables.get(id.0 as usize).into_iter().flat_map(BTreeMap::values);
            items.filter_map(|item| if let Item::Table(inner) = item { Some(*inner) } else { None }).collect()
        };
        // Tables met, with whether they are still open.
        let mut met: HashMap<TableId, bool> = HashMap::from([(table, true)]);
        let mut open = vec![(table, inner(table))];
        while let Some((id, rest)) = open.last_mut() {
            let Some(next) = rest.pop() else {
                met.insert(*id, false);
                open.pop();
                continue;
            };
            match met.get(&next) {
                Some(true) => return Err(Error::limit(KNOT.to_owned())),
                Some(false) => {}
                None if open.len() >= MOST_DEPTH => {
                    return Err(Error::limit(format!("values are nested more than {MOST_DEPTH} deep")));
                }
                None => {
                    met.insert(next, true);
                    open.push((next, inner(next)));
                }
            }
        }
        Ok(())
    }

    /// A deep copy of a table: what was shared within it is so no longer.
    pub(crate) fn copy_table(&mut self, table: TableId) -> Result<TableId, Error> {
        self.finite(table)?;
        self.copied(table)
    }

    fn copied(&mut self, table: TableId) -> Result<TableId, Error> {
        let entries = self.entries(table);
        self.count(entries.len())?;
        let mut copy = Table::new();
        for (key, item) in entries {
            let item = match item {
                Item::Table(inner) => Item::Table(self.copied(inner)?),
                leaf @ Item::Leaf(_) => leaf,
            };
            copy.insert(key, item);
        }
        Ok(self.add(copy))
    }

    /// A copy that shares the tables inside.
    pub(crate) fn copy_shallow(&mut self, table: TableId) -> Result<TableId, Error> {
        let copy = self.tables.get(table.0 as usize).cloned().unwrap_or_default();
        self.count(copy.len())?;
        Ok(self.add(copy))
    }

    fn count(&mut self, entries: usize) -> Result<(), Error> {
        self.entries = self.entries.saturating_add(entries).saturating_add(1);
        if self.entries > MOST_ENTRIES {
            return Err(Error::limit(format!(
                "coalescing values copied more than {MOST_ENTRIES} entries: subcharts and globals multiply each other"
            )));
        }
        Ok(())
    }

    /// Removes null entries from a table and the tables in it. A knot is left as it is: what follows refuses it.
    pub(crate) fn remove_nulls(&mut self, table: TableId) {
        if self.finite(table).is_ok() {
            self.without_nulls(table);
        }
    }

    fn without_nulls(&mut self, table: TableId) {
        for (key, item) in self.entries(table) {
            match item {
                Item::Leaf(Value::Null) => self.remove(table, key),
                Item::Leaf(_) => {}
                Item::Table(inner) => self.without_nulls(inner),
            }
        }
    }

    /// The table as data; it must be [`finite`](Self::finite).
    pub(crate) fn to_values(&self, table: TableId) -> Values {
        let Some(table) = self.tables.get(table.0 as usize) else { return Values::new() };
        table.iter().map(|(key, item)| ((*key).to_owned(), self.to_value(*item))).collect()
    }

    pub(crate) fn to_value(&self, item: Item<'v>) -> Value {
        match item {
            Item::Leaf(value) => value.clone(),
            Item::Table(table) => Value::Object(self.to_values(table)),
        }
    }

    pub(crate) fn to_go(&self, table: TableId) -> GoValue {
        self.map(table, &mut HashMap::new())
    }

    fn map(&self, id: TableId, made: &mut HashMap<TableId, Map>) -> GoValue {
        if let Some(map) = made.get(&id) {
            return GoValue::Map(map.clone());
        }
        let mut entries: BTreeMap<Str, GoValue> = BTreeMap::new();
        for (key, item) in self.tables.get(id.0 as usize).into_iter().flatten() {
            let value = match item {
                Item::Leaf(value) => GoValue::from_json_with(value, Numbers::Int64),
                Item::Table(inner) => self.map(*inner, made),
            };
            entries.insert(Str::from(*key), value);
        }
        let map = Map::from_entries(Elem::Any, entries);
        made.insert(id, map.clone());
        GoValue::Map(map)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_knot_is_refused_and_shared_tables_are_not() {
        let leaf = json!(1);
        let mut heap = Heap::default();
        let inner = heap.empty();
        heap.set(inner, "a", Item::Leaf(&leaf));
        let outer = heap.empty();
        heap.set(outer, "left", Item::Table(inner));
        heap.set(outer, "right", Item::Table(inner));
        assert!(heap.finite(outer).is_ok() && heap.copy_table(outer).is_ok());
        heap.set(inner, "up", Item::Table(outer));
        let told = heap.copy_table(outer).err().map(|error| error.message).unwrap_or_default();
        assert!(told.starts_with("values contain themselves"), "{told}");
        heap.remove_nulls(outer);
    }

    #[test]
    fn depth_has_an_end() {
        let mut heap = Heap::default();
        let mut table = heap.empty();
        for _ in 0..MOST_DEPTH {
            let outer = heap.empty();
            heap.set(outer, "in", Item::Table(table));
            table = outer;
        }
        assert!(heap.finite(table).is_err());
    }
}
