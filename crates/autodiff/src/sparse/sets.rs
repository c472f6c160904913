//! Sets of places, each kept once, under a number.

use crate::error::Result;
use crate::hash::SmallMap;
use crate::memory::{Limit, bytes_of};
use std::collections::HashMap;
use std::sync::Arc;

/// The number of a set. 0 is the empty one.
pub(super) type SetId = u32;

pub(super) const EMPTY: SetId = 0;

/// Sets of places in rising order, equal ones under one number: an array of a million elements that depend on the same ten is a million
/// numbers and ten places.
pub(super) struct Sets {
    sets: Vec<Arc<[u32]>>,
    numbers: HashMap<Arc<[u32]>, SetId>,
    unions: SmallMap<(SetId, SetId), SetId>,
    /// How many places all sets hold, and how many may be held before memory is asked for again.
    places: usize,
    granted: usize,
    memory: Limit,
}

impl Sets {
    pub(super) fn new(memory: Limit) -> Self {
        let empty: Arc<[u32]> = Arc::from([]);
        Sets {
            sets: vec![empty.clone()],
            numbers: HashMap::from([(empty, EMPTY)]),
            unions: SmallMap::default(),
            places: 0,
            granted: 0,
            memory,
        }
    }

    pub(super) fn get(&self, set: SetId) -> &[u32] {
        &self.sets[set as usize]
    }

    /// The set with one member.
    pub(super) fn single(&mut self, place: u32) -> Result<SetId> {
        self.number(vec![place])
    }

    pub(super) fn union(&mut self, a: SetId, b: SetId) -> Result<SetId> {
        if a == b || b == EMPTY {
            return Ok(a);
        }
        if a == EMPTY {
            return Ok(b);
        }
        let key = (a.min(b), a.max(b));
        if let Some(&union) = self.unions.get(&key) {
            return Ok(union);
        }
        let union = self.merged(&[a, b])?;
        self.unions.insert(key, union);
        Ok(union)
    }

    /// The union of any number of sets.
    pub(super) fn union_of(&mut self, sets: impl IntoIterator<Item = SetId>) -> Result<SetId> {
        let mut distinct: Vec<SetId> = Vec::new();
        for set in sets {
            if set != EMPTY && distinct.last() != Some(&set) {
                distinct.push(set);
            }
        }
        distinct.sort_unstable();
        distinct.dedup();
        match distinct[..] {
            [] => Ok(EMPTY),
            [one] => Ok(one),
            [a, b] => self.union(a, b),
            _ => self.merged(&distinct),
        }
    }

    fn merged(&mut self, sets: &[SetId]) -> Result<SetId> {
        let mut places: Vec<u32> = sets.iter().flat_map(|&set| self.get(set)).copied().collect();
        places.sort_unstable();
        places.dedup();
        self.number(places)
    }

    fn number(&mut self, places: Vec<u32>) -> Result<SetId> {
        if let Some(&set) = self.numbers.get(places.as_slice()) {
            return Ok(set);
        }
        self.places += places.len();
        if self.places > self.granted {
            self.granted = 2 * self.places;
            let asked = self.memory.ask(bytes_of::<u32>([self.granted]));
            asked.map_err(|shortage| shortage.of("a pattern's sets of places".into()))?;
        }
        let (set, places) = (self.sets.len() as SetId, Arc::<[u32]>::from(places));
        self.sets.push(places.clone());
        self.numbers.insert(places, set);
        Ok(set)
    }
}
