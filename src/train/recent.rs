//! A cache of the most recently used plans.

use std::collections::VecDeque;

/// An LRU cache: at most `capacity` values by key; the least recently used one is evicted.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    capacity: usize,
    /// In ascending order of last use.
    entries: VecDeque<(K, V)>,
}

impl<K: PartialEq, V> Recent<K, V> {
    /// Returns an empty cache; the capacity is at least 1.
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), entries: VecDeque::new() }
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the value of a key; creates it with `make` if it is missing.
    pub fn get<E>(&mut self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<&mut V, E> {
        let found =
            self.entries.iter().position(|(known, _)| *known == key).and_then(|index| self.entries.remove(index));
        let entry = match found {
            Some(entry) => entry,
            None => {
                // Evicts first, so that the new value can reuse the memory of the old one.
                self.entries.drain(..(self.entries.len() + 1).saturating_sub(self.capacity));
                (key, make()?)
            }
        };
        Ok(&mut self.entries.push_back_mut(entry).1)
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;
    use std::convert::Infallible;

    #[test]
    fn the_least_recently_used_entry_is_evicted() {
        let mut recent = Recent::new(2);
        let mut made = Vec::new();
        for key in [1, 2, 1, 3, 1, 2] {
            let Ok(value) = recent.get(key, || {
                made.push(key);
                Ok::<_, Infallible>(10 * key)
            });
            assert_eq!(*value, 10 * key);
            assert!(recent.len() <= 2);
        }
        assert_eq!(made, [1, 2, 3, 2]);
        recent.get(4, || Err("no")).unwrap_err();
        let Ok(value) = recent.get(2, || Ok::<_, Infallible>(0));
        assert_eq!(*value, 20);
    }
}
