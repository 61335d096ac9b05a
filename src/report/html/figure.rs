//! A chart with its caption and legend. Where a telephone would make its text too small, a narrower one is there as well,
//! and the style sheet shows one of the two.

use crate::report::plot::{self, Plot};
use crate::report::svg::escaped;

/// Sizes of a chart: over the whole page, beside another one, one of three, and on a narrow screen.
pub(super) const WHOLE: [f64; 2] = [1080.0, 400.0];
pub(super) const HALF: [f64; 2] = [540.0, 360.0];
pub(super) const THIRD: [f64; 2] = [400.0, 270.0];
const NARROW: [f64; 2] = [400.0, 320.0];

/// The chart; `id` must be its own on the page.
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
