//! The appearance of pages and drawings: legends match their charts in both colour schemes, operations can be
//! distinguished without colours, and texts are legible and inside their drawings.

use super::css::{Element, Sheet, contrast, over, rgb};
use graphpnas::report::{Diagram, Line, Mark, Note, Plot, plot, svg};
use graphpnas::space;
use std::collections::BTreeMap;

const SCHEMES: [bool; 2] = [false, true];

/// Returns the values of an attribute of all tags with this name.
fn attributes<'a>(text: &'a str, tag: &str, name: &str) -> Vec<&'a str> {
    let open = format!("<{tag}");
    let tags = text.split(&open).skip(1).filter(|rest| rest.starts_with([' ', '>', '/']));
    let start = format!(" {name}=\"");
    tags.filter_map(|rest| rest.split('>').next()?.split(&start).nth(1)?.split('"').next()).collect()
}

/// Checks that every legend of a page shows exactly the lines of its chart.
pub fn check_legends(page: &str) {
    let mut checked = 0;
    for figure in page.split("<figure>").skip(1).filter_map(|rest| rest.split("</figure>").next()) {
        let Some((_, rest)) = figure.split_once("<p class=\"legend\">") else { continue };
        let (legend, chart) = rest.split_once("</p>").unwrap();
        let (marks, drawn) = (attributes(legend, "path", "class"), attributes(chart, "path", "class"));
        let is_line =
            |class: &&&str| class.split(' ').any(|one| one.starts_with('c') && one[1..].parse::<u8>().is_ok());
        let mut all: Vec<&str> = drawn.iter().filter(is_line).copied().collect();
        all.sort_unstable();
        all.dedup();
        let mut named = marks.clone();
        named.sort_unstable();
        named.dedup();
        assert_eq!(named, all, "{legend}");
        assert_eq!(named.len(), marks.len(), "two lines look the same: {legend}");
        for dark in SCHEMES {
            let sheet = Sheet::of(page, dark);
            for class in named.iter().copied() {
                let path = Element::with("path", class);
                let within = |svg: &str| [Element::of("main"), Element::of(svg), path.clone()];
                for property in ["color", "stroke", "stroke-opacity", "stroke-dasharray", "stroke-width", "fill"] {
                    let (mark, curve) =
                        (sheet.value(&within("svg.plot.mark"), property), sheet.value(&within("svg.plot"), property));
                    assert_eq!(mark, curve, "{property} of {class}, dark {dark}");
                }
                let colour = sheet.value(&within("svg.plot"), "color").expect("a colour");
                let paper = sheet.value(&[Element::of("body")], "background").unwrap();
                assert!(contrast(rgb(&colour), rgb(&paper)) > 2.9, "{class} on {paper}, dark {dark}");
                checked += 1;
            }
        }
    }
    assert!(checked > 4, "no legends");
    check_scale(page);
}

/// Checks that likelier cells have more contrast to the background, that their numbers are legible, and that the scale
/// is drawn with the same style as the cells of tables.
fn check_scale(page: &str) {
    let Some((_, after)) = page.split_once("aria-label=\"scale of the colours\"") else { return };
    let scale = after.split("</svg>").next().unwrap();
    assert!(attributes(scale, "rect", "class").iter().all(|class| *class == "cell"));
    assert!(!page.contains("darker"), "likelier cells are brighter, not darker, on a dark page");
    for dark in SCHEMES {
        let sheet = Sheet::of(page, dark);
        let colour = |element: &str, property: &str| {
            rgb(&sheet.value(&[Element::of("svg.heat"), Element::of(element)], property).unwrap())
        };
        let paper = rgb(&sheet.value(&[Element::of("body")], "background").unwrap());
        let cell = |probability: f64| over(colour("rect.cell", "fill"), probability, paper);
        let mut last = 0.0;
        for step in 0..=20 {
            let probability = f64::from(step) / 20.0;
            let visibility = contrast(cell(probability), paper);
            assert!(visibility > last, "{probability}, dark {dark}");
            last = visibility;
            let ink = colour(if probability > 0.7 { "text.on" } else { "text.off" }, "fill");
            assert!(contrast(ink, cell(probability)) > 3.9, "{probability}, dark {dark}");
        }
    }
}

/// Returns the class of every operation in a drawing, and whether it has a texture.
fn operations(drawing: &str) -> BTreeMap<String, (String, bool)> {
    let mut found = BTreeMap::new();
    for piece in drawing.split("<g class=\"").skip(1) {
        let (class, rest) = piece.split_once('"').unwrap();
        let group = rest.split("</g>").next().unwrap();
        let Some((_, text)) = group.rsplit_once("<text") else { continue };
        let name = text.split_once('>').unwrap().1.split('<').next().unwrap();
        found.insert(name.to_owned(), (class.to_owned(), group.contains("class=\"texture\"")));
    }
    found
}

/// Architectures with all operations of their spaces.
const ALL_OPERATIONS: [(&str, &str); 5] = [
    ("nasbench201", "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|"),
    ("nasbench101", "0-1 1-2 2-3 3-4;conv3x3-bn-relu conv1x1-bn-relu maxpool3x3"),
    (
        "enas",
        "conv3 | conv5 0 | sepconv3 1 0 | sepconv5 0 1 0 | avgpool3 0 0 1 0 | maxpool3 0 1 1 0 0 | conv3 1 1 0 1 1 1 | \
         conv3 1 1 1 0 0 0 0 | conv3 0 0 0 0 0 1 0 1 | conv3 1 0 1 1 1 1 1 1 1 | conv3 0 0 1 1 1 1 0 0 0 1 | \
         conv3 1 1 1 1 0 1 0 0 1 0 1",
    ),
    (
        "darts",
        "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_5x5', 1), ('dil_conv_3x3', 0), ('dil_conv_5x5', 1), \
         ('avg_pool_3x3', 1), ('max_pool_3x3', 2), ('skip_connect', 1), ('dil_conv_3x3', 3)], normal_concat=[2, 3, 4, 5], \
         reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('avg_pool_3x3', 0), ('dil_conv_3x3', 2), ('max_pool_3x3', 0), \
         ('sep_conv_3x3', 1), ('sep_conv_5x5', 2), ('dil_conv_3x3', 4)], reduce_concat=[2, 3, 4, 5])",
    ),
    ("randwire", ""),
];

fn drawing(space: &str, arch: &str) -> String {
    let space = space::open(space).unwrap();
    let graph = match arch {
        "" => graphpnas::graph::Graph::empty(space.parts() * space.limits().max_nodes),
        arch => space.encode(arch).unwrap(),
    };
    svg(&Diagram::new(&*space, &graph).unwrap())
}

#[test]
fn operations_can_be_distinguished_without_colours() {
    for (space, arch) in ALL_OPERATIONS {
        let page = drawing(space, arch);
        let operations = operations(&page);
        let classes: Vec<_> =
            operations.iter().filter(|(_, (class, _))| !["node", "end"].contains(&class.as_str())).collect();
        assert!(classes.len() >= if space == "nasbench101" { 3 } else { 4 }, "{space}: {operations:?}");
        for dark in SCHEMES {
            let sheet = Sheet::of(&page, dark);
            let value = |class: &str, element: &str, property: &str| {
                let path = [Element::of("svg.drawing"), Element::with("g", class), Element::of(element)];
                sheet.value(&path, property).unwrap_or_default()
            };
            for (name, (class, textured)) in &classes {
                let fill = rgb(&value(class, "rect", "fill"));
                let ink = rgb(&value(class, "text", "fill"));
                assert!(contrast(ink, fill) > 4.5, "{name}, dark {dark}: {}", contrast(ink, fill));
                let texture = |class: &str, textured: bool| match textured {
                    true => value(class, "rect.texture", "fill"),
                    false => String::new(),
                };
                assert_eq!(texture(class, *textured).starts_with("url(#texture-"), *textured, "{name}");
                for (other, (other_class, other_textured)) in &classes {
                    if name == other || space == "randwire" {
                        continue;
                    }
                    let differ = texture(class, *textured) != texture(other_class, *other_textured)
                        || contrast(fill, rgb(&value(other_class, "rect", "fill"))) > 1.25
                        || value(class, "rect", "stroke-dasharray") != value(other_class, "rect", "stroke-dasharray");
                    assert!(differ, "{name} and {other} differ only in hue, dark {dark}");
                }
            }
        }
        for reference in page.split("url(#").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            assert!(page.contains(&format!("id=\"{reference}\"")), "{reference}");
        }
    }
}

/// Checks that no text extends beyond its chart or drawing, and returns the number of texts.
pub fn texts_stay_inside(page: &str) -> usize {
    let sheet = Sheet::of(page, false);
    let mut checked = 0;
    for piece in page.split("<svg ").skip(1) {
        let (head, body) = piece.split_once('>').unwrap();
        let body = body.split("</svg>").next().unwrap();
        let attribute = |text: &str, name: &str| {
            let start = format!("{name}=\"");
            let attributes = format!(" {text}");
            Some(attributes.split(&format!(" {start}")).nth(1)?.split('"').next().unwrap().to_owned())
        };
        let (Some(size), Some(class)) = (attribute(head, "viewBox"), attribute(head, "class")) else { continue };
        let size: Vec<f64> = size.split(' ').map(|number| number.parse().unwrap()).collect();
        for text in body.split("<text ").skip(1) {
            let (head, words) = text.split_once('>').unwrap();
            let words = words.split('<').next().unwrap().replace("&lt;", "<");
            let (Some(x), Some(y)) = (attribute(head, "x"), attribute(head, "y")) else { continue };
            // Texts in boxes and in translated groups are not checked here.
            if class.contains("drawing") {
                continue;
            }
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            let own = attribute(head, "class").unwrap_or_default();
            let path = [Element::with("svg", &class), Element::with("text", &own)];
            let style = attribute(head, "style").unwrap_or_default();
            let anchor = style.split("text-anchor:").nth(1).map(str::to_owned);
            let anchor = anchor.or_else(|| sheet.value(&path, "text-anchor")).unwrap_or_default();
            let font_size =
                style.split("font-size:").nth(1).map(|rest| rest.split("px").next().unwrap().parse().unwrap());
            let font_size: f64 = font_size.unwrap_or(if class.contains("heat") { 11.0 } else { 12.0 });
            let width = words.chars().count() as f64 * 0.6 * font_size;
            let left = match anchor.as_str() {
                "middle" => x - width / 2.0,
                "end" => x - width,
                _ => x,
            };
            assert!(
                left > -0.5 && left + width < size[2] + 0.5,
                "{words:?} at {left} + {width} leaves {size:?} ({class})"
            );
            assert!((8.0..=size[3]).contains(&y), "{words:?} at height {y} of {}", size[3]);
            checked += 1;
        }
    }
    checked
}

#[test]
fn texts_of_chart_files_are_inside_the_chart() {
    let shapes = [Mark::Solid, Mark::Dashed, Mark::Steps, Mark::Dots, Mark::Rings, Mark::Triangles, Mark::Diamonds];
    let line = |(index, shape): (usize, &Mark)| Line {
        name: format!("runs/a/folder/with/a/very/long/name/that/goes/on/and/on/and/on/for/much/of/the/page/{index}"),
        points: vec![[0.0, 84.0], [123_456_789.0, 84.0 + index as f64]],
        shape: *shape,
        ..Line::default()
    };
    let chart = Plot {
        title: "A heading of so many words that it would never fit above the chart in letters of the usual size".into(),
        axes: ["evaluations".into(), "reward, %".into()],
        lines: shapes.iter().enumerate().map(line).collect(),
        notes: [[0.0, 84.0], [123_456_789.0, 90.0]]
            .map(|at| Note { at, text: "84.892 %, 123.45M multiply-adds".into() })
            .into(),
        ..Plot::default()
    };
    let text = plot(&chart);
    assert!(texts_stay_inside(&text) > 20);
    // The legend shows the style of every line.
    let classes = attributes(&text, "path", "class");
    for (index, class) in ["line", "line dashed", "line", "dot", "hollow", "solid", "solid"].iter().enumerate() {
        let expected = format!("{class} c{index}");
        assert_eq!(classes.iter().filter(|class| **class == expected).count(), 2, "{expected}: in chart and legend");
    }
    let heading = text.split("class=\"heading\" style=\"font-size:").nth(1).unwrap();
    assert!(heading.split("px").next().unwrap().parse::<f64>().unwrap() < 12.0);
}
