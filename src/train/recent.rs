//! The plans used last.

use std::collections::VecDeque;

/// At most so many things by their keys; the one not used for longest makes room.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    most: usize,
    /// The one used last is the last.
    kept: VecDeque<(K, V)>,
}

impl<K: PartialEq, V> Recent<K, V> {
    /// None yet, and never more than `most`, which is at least 1.
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), kept: VecDeque::new() }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// The one of a key, made if it is not there.
    pub fn get<E>(&mut self, key: K, make: impl FnOnce() -> Result<V, E>) -> Result<&mut V, E> {
        let found = self.kept.iter().position(|(known, _)| *known == key).and_then(|place| self.kept.remove(place));
        let entry = match found {
            Some(entry) => entry,
            None => {
                // Room is made first, so that what leaves can be used for what comes.
                self.kept.drain(..(self.kept.len() + 1).saturating_sub(self.most));
                (key, make()?)
            }
        };
        Ok(&mut self.kept.push_back_mut(entry).1)
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;
    use std::convert::Infallible;

    #[test]
    fn the_one_not_used_for_longest_makes_room() {
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
        let Ok(kept) = recent.get(2, || Ok::<_, Infallible>(0));
        assert_eq!(*kept, 20);
    }
}
