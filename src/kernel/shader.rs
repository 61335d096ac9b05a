//! Shader sources and their include mechanism.

use std::borrow::Cow;

/// The snippets that a shader can include, by file name.
const SNIPPETS: &[(&str, &str)] = &[
    ("conv2d_geometry.wgsl", include_str!("../../shaders/include/conv2d_geometry.wgsl")),
    ("conv2d_shared.wgsl", include_str!("../../shaders/include/conv2d_shared.wgsl")),
    ("conv2d_tiled.wgsl", include_str!("../../shaders/include/conv2d_tiled.wgsl")),
    ("conv2d_thin.wgsl", include_str!("../../shaders/include/conv2d_thin.wgsl")),
    ("item.wgsl", include_str!("../../shaders/include/item.wgsl")),
    ("lanes.wgsl", include_str!("../../shaders/include/lanes.wgsl")),
];

/// Replaces each line `// #include "NAME"` by that file of `shaders/include`.
///
/// An unknown name stays a comment; the shader then fails validation.
#[must_use]
pub fn source(shader: &str) -> Cow<'_, str> {
    if !shader.contains("#include") {
        return Cow::Borrowed(shader);
    }
    let mut text = String::with_capacity(shader.len() + 1024);
    for line in shader.lines() {
        text.push_str(included(line).unwrap_or(line));
        text.push('\n');
    }
    Cow::Owned(text)
}

fn included(line: &str) -> Option<&'static str> {
    let name = line.strip_prefix("// #include \"")?.strip_suffix('"')?;
    SNIPPETS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
