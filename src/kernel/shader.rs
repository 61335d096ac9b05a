//! Shader texts and the one way they share code.

use std::borrow::Cow;

/// The snippets a shader can include, by file name.
const SNIPPETS: &[(&str, &str)] = &[
    ("conv2d_geometry.wgsl", include_str!("../../shaders/include/conv2d_geometry.wgsl")),
    ("conv2d_shared.wgsl", include_str!("../../shaders/include/conv2d_shared.wgsl")),
    ("conv2d_tiled.wgsl", include_str!("../../shaders/include/conv2d_tiled.wgsl")),
    ("conv2d_thin.wgsl", include_str!("../../shaders/include/conv2d_thin.wgsl")),
    ("item.wgsl", include_str!("../../shaders/include/item.wgsl")),
    ("lanes.wgsl", include_str!("../../shaders/include/lanes.wgsl")),
];

/// The shader with each line `// #include "NAME"` replaced by that file of `shaders/include`.
///
/// An unknown name is left as the comment it is; the shader then fails validation for what it lacks.
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
