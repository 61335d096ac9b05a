//! A chart with its caption and legend. Charts whose text would be too small on a phone are included a second time in a
//! narrow version, and the style sheet shows one of the two.

use crate::report::plot::{self, Plot};
use crate::report::svg::escaped;

/// Chart sizes in pixels: the full page width, one of two, one of three, and on a narrow screen.
pub(super) const FULL: [f64; 2] = [1080.0, 400.0];
pub(super) const HALF: [f64; 2] = [540.0, 360.0];
pub(super) const THIRD: [f64; 2] = [400.0, 270.0];
const NARROW: [f64; 2] = [400.0, 320.0];

/// Draws the chart; `id` must be unique in the page.
pub(super) fn figure(id: &str, chart: &Plot, size: [f64; 2]) -> String {
    let mut text =
        format!("<figure>\n<figcaption>{}</figcaption>\n{}", escaped(&chart.title), plot::legend(&chart.lines));
    let drawn = |size, id: &str| plot::inline(&Plot { size, ..chart.clone() }, id);
    if size == THIRD {
        text.push_str(&drawn(size, id));
    } else {
        text.push_str(&format!("<div class=\"wide\">{}</div>\n", drawn(size, id)));
        text.push_str(&format!("<div class=\"narrow\">{}</div>\n", drawn(NARROW, &format!("{id}-narrow"))));
    }
    text + "</figure>\n"
}
