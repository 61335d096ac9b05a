//! The spaces in the program, and how a space is opened.

use super::{FileSpace, Space, SpaceError};
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// A space in the program.
#[derive(Debug)]
pub(super) struct BuiltIn {
    pub(super) name: &'static str,
    /// The content of its file.
    pub(super) definition: &'static str,
    /// Whether generators draw without [`Space::row_mask`], as in the recorded searches of the space.
    pub(super) without_masks: bool,
    /// Whether searches train networks of the configuration's default size instead of the published one.
    pub(super) small: bool,
    /// The space, once it has been opened.
    opened: OnceLock<Arc<FileSpace>>,
}

impl BuiltIn {
    const fn new(name: &'static str, definition: &'static str) -> Self {
        Self { name, definition, without_masks: false, small: false, opened: OnceLock::new() }
    }

    fn open(&'static self) -> Result<Arc<FileSpace>, SpaceError> {
        if let Some(space) = self.opened.get() {
            return Ok(Arc::clone(space));
        }
        let invalid = |fault| SpaceError::Invalid { place: self.name.to_owned(), fault };
        let space = Arc::new(FileSpace::built_in(self).map_err(invalid)?);
        Ok(Arc::clone(self.opened.get_or_init(|| space)))
    }
}

macro_rules! built_in {
    ($name:literal $(, $key:ident: $value:expr)*) => {{
        #[allow(unused_mut)] // an entry may have no further keys
        let mut entry = BuiltIn::new($name, include_str!(concat!("../../presets/spaces/", $name, ".toml")));
        $(entry.$key = $value;)*
        entry
    }};
}

/// The built-in spaces from files. A new file is registered here.
static BUILT_IN: [BuiltIn; 11] = [
    built_in!("nasbench101", without_masks: true, small: true),
    built_in!("nasbench201", small: true),
    built_in!("enas", small: true),
    built_in!("darts", without_masks: true, small: true),
    built_in!("randwire", small: true),
    built_in!("nasbench-macro"),
    built_in!("transnas-micro"),
    built_in!("transnas-macro"),
    built_in!("resnet-stages"),
    built_in!("mobilenet"),
    built_in!("vit-micro"),
];

/// Returns the names of the built-in spaces, which [`open()`] accepts.
#[must_use]
pub fn names() -> Vec<&'static str> {
    BUILT_IN.iter().map(|space| space.name).collect()
}

/// Returns the names of the spaces whose networks can share their weights.
#[must_use]
pub fn weight_sharing_spaces() -> Vec<&'static str> {
    names().into_iter().filter(|name| open(name).is_ok_and(|space| space.shares_weights())).collect()
}

/// Opens a space: a name from [`names`], the path of a space file, or a definition, the text of such a file. Runs,
/// checkpoints and generators save [`Space::reference`], so they do not depend on the file.
///
/// # Errors
/// An unknown name, an unreadable file, or a definition with a fault.
///
/// ```
/// let space = graphpnas::space::open("nasbench101")?;
/// assert_eq!(space.size(), 423_624.0);
/// # Ok::<(), graphpnas::space::SpaceError>(())
/// ```
pub fn open(reference: &str) -> Result<Arc<dyn Space>, SpaceError> {
    Ok(open_file(reference)?)
}

/// As [`open()`], with the type of spaces from files.
///
/// # Errors
/// As [`open()`].
pub fn open_file(reference: &str) -> Result<Arc<FileSpace>, SpaceError> {
    if let Some(entry) = BUILT_IN.iter().find(|entry| entry.name == reference) {
        return entry.open();
    }
    if reference.contains('\n') {
        let invalid = |fault| SpaceError::Invalid { place: "the saved space".to_owned(), fault };
        return Ok(Arc::new(FileSpace::parse(reference).map_err(invalid)?));
    }
    if is_path(reference) {
        return Ok(Arc::new(FileSpace::read(Path::new(reference))?));
    }
    Err(SpaceError::Unknown { name: reference.to_owned() })
}

/// Returns the name of a space that [`open()`] opens; the text itself if it cannot be opened.
#[must_use]
pub fn name_of(reference: &str) -> String {
    open(reference).map_or_else(|_| reference.to_owned(), |space| space.name().to_owned())
}

/// Returns whether a text names a space file rather than a space.
fn is_path(text: &str) -> bool {
    text.ends_with(".toml") || text.contains(['/', std::path::MAIN_SEPARATOR]) || Path::new(text).is_file()
}
