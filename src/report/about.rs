//! The metadata of an exported network.

use crate::train::Interface;

/// The architecture of a network, and its input and output.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Name of the search space.
    pub space: &'a str,
    /// Digest of the definition of a space from a file.
    pub space_digest: Option<&'a str>,
    /// The architecture's text.
    pub arch: &'a str,
    /// The network's input and output.
    pub interface: &'a Interface,
}

impl About<'_> {
    /// Returns space and architecture in one line, without control characters.
    #[must_use]
    pub fn title(&self) -> String {
        let digest = self.space_digest.map(|digest| format!(" ({digest})")).unwrap_or_default();
        format!("{}{digest} {}", self.space, self.arch).replace(|c: char| c.is_control(), " ")
    }

    /// Returns all metadata as pairs of key and text: `space`, `arch`, `space_digest` of a space from a file, and those of [`Interface::metadata`].
    #[must_use]
    pub fn metadata(&self) -> Vec<(String, String)> {
        let own = [("space", self.space), ("arch", self.arch)].map(|(name, text)| (name.to_owned(), text.to_owned()));
        let digest = self.space_digest.map(|digest| ("space_digest".to_owned(), digest.to_owned()));
        own.into_iter().chain(digest).chain(self.interface.metadata()).collect()
    }
}
