//! The published recipes (docs/method.md section 5), as TOML files embedded from `presets/train/`.

use super::recipe::Recipe;

macro_rules! recipes {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../presets/train/", $name, ".toml")))),*]
    };
}

/// The names and texts of all recipes.
pub const RECIPES: &[(&str, &str)] = recipes!["nasbench201", "nasbench101", "enas", "darts", "randwire", "quick"];

/// Returns the names of all recipes, separated by commas.
#[must_use]
pub fn recipe_names() -> String {
    RECIPES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// Returns a recipe by name; that of a space has the space's name. Tests check that all texts can be parsed.
///
/// ```
/// let recipe = graphpnas::train::recipe("quick").unwrap().with_epochs(5);
/// assert_eq!(recipe.epochs, 5);
/// ```
#[must_use]
pub fn recipe(name: &str) -> Option<Recipe> {
    let (_, text) = RECIPES.iter().find(|(known, _)| *known == name)?;
    toml::from_str(text).ok()
}
