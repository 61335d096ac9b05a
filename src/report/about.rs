//! The metadata of an exported network.

use crate::train::Interface;

/// The architecture of a network, and its input and output.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Name of the search space.
    pub space: &'a str,
    /// The architecture's text.
    pub arch: &'a str,
    /// The network's input and output.
    pub interface: &'a Interface,
}

impl About<'_> {
    /// Returns space and architecture in one line, without control characters.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.space, self.arch).replace(|c: char| c.is_control(), " ")
    }

    /// Returns all metadata as pairs of key and text: `space`, `arch`, and those of [`Interface::metadata`].
    #[must_use]
    pub fn metadata(&self) -> Vec<(String, String)> {
        let own = [("space", self.space), ("arch", self.arch)].map(|(name, text)| (name.to_owned(), text.to_owned()));
        own.into_iter().chain(self.interface.metadata()).collect()
    }
}
