//! A minimal CSS evaluator: the selectors that the pages use, with their specificity.

/// An element: its tag, classes and identifier.
#[derive(Debug, Clone, Default)]
pub struct Element {
    tag: String,
    classes: Vec<String>,
    id: String,
}

impl Element {
    /// Parses `rect.texture` or `g.convolution.w5`.
    pub fn of(text: &str) -> Self {
        let mut pieces = text.split('.');
        let tag = pieces.next().unwrap_or_default().to_owned();
        Self { tag, classes: pieces.map(str::to_owned).collect(), id: String::new() }
    }

    /// Creates an element with the value of a class attribute.
    pub fn with(tag: &str, classes: &str) -> Self {
        Self { tag: tag.to_owned(), classes: classes.split(' ').map(str::to_owned).collect(), id: String::new() }
    }

    fn is(&self, compound: &str) -> bool {
        let mut rest = compound;
        let end = rest.find(['.', '#', ':']).unwrap_or(rest.len());
        let (tag, more) = rest.split_at(end);
        rest = more;
        if !(tag.is_empty() || tag == "*" || tag == self.tag) {
            return false;
        }
        while let Some(kind) = rest.chars().next() {
            let end = rest[1..].find(['.', '#', ':']).map_or(rest.len(), |end| end + 1);
            let name = &rest[1..end];
            let matches = match kind {
                '.' => self.classes.iter().any(|class| class == name),
                '#' => self.id == name,
                _ => false,
            };
            if !matches {
                return false;
            }
            rest = &rest[end..];
        }
        true
    }
}

/// A rule: selector, specificity and declarations.
struct Rule {
    parts: Vec<String>,
    weight: (usize, usize, usize),
    declarations: Vec<(String, String)>,
}

/// The rules of a colour scheme, in order.
pub struct Sheet(Vec<Rule>);

impl Sheet {
    /// Parses the styles of a page or file for the light or the dark scheme.
    pub fn of(text: &str, dark: bool) -> Self {
        let style: String = text.split("<style>").skip(1).filter_map(|rest| rest.split("</style>").next()).collect();
        let (mut rules, mut rest) = (Vec::new(), style.as_str());
        while let Some(open) = rest.find('{') {
            let selector = rest[..open].trim();
            if selector.starts_with('@') {
                let (body, after) = block(&rest[open..]);
                if selector.contains("prefers-color-scheme: dark") && dark {
                    rules.extend(parsed(body));
                }
                rest = after;
            } else {
                let close = open + rest[open..].find('}').unwrap();
                rules.extend(parsed(&rest[..=close]));
                rest = &rest[close + 1..];
            }
        }
        Self(rules)
    }

    /// Returns the value of a property for the last element of a path, which starts with the outermost ancestor.
    /// Considers inheritance and resolves variables.
    pub fn value(&self, path: &[Element], property: &str) -> Option<String> {
        let (last, around) = path.split_last()?;
        let matching = |rule: &&Rule| {
            let (own, outer) = rule.parts.split_last().unwrap();
            let mut left = around.iter();
            last.is(own) && outer.iter().all(|part| left.any(|element| element.is(part)))
        };
        let declared = |rule: &Rule| {
            rule.declarations.iter().rev().find(|(name, _)| name == property).map(|(_, value)| value.clone())
        };
        let found = self.0.iter().filter(matching).filter_map(|rule| Some((rule.weight, declared(rule)?)));
        // Among rules of equal specificity the last one wins.
        let found = found.fold(None, |best: Option<(_, String)>, next| match best {
            Some(best) if best.0 > next.0 => Some(best),
            _ => Some(next),
        });
        let inherited = ["color", "fill", "stroke", "text-anchor"].contains(&property);
        match found {
            Some((_, value)) => Some(self.resolved(&value, path)),
            None if inherited && !around.is_empty() => self.value(around, property),
            None => None,
        }
    }

    fn resolved(&self, value: &str, path: &[Element]) -> String {
        if value == "currentColor" {
            return self.value(path, "color").unwrap_or_default();
        }
        let Some(name) = value.strip_prefix("var(").and_then(|rest| rest.strip_suffix(')')) else {
            return value.to_owned();
        };
        let root = self.0.iter().filter(|rule| rule.parts == [":root"]);
        let mut values = root.flat_map(|rule| &rule.declarations).filter(|(key, _)| key == name);
        values.next_back().map_or_else(String::new, |(_, value)| value.clone())
    }
}

/// Splits a text that starts with a brace into the content of the block and the rest.
fn block(text: &str) -> (&str, &str) {
    let mut depth = 0;
    for (index, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&text[1..index], &text[index + 1..]);
        }
    }
    panic!("a block without an end: {text}");
}

fn parsed(text: &str) -> Vec<Rule> {
    let mut rules = Vec::new();
    for piece in text.split('}').filter(|piece| piece.contains('{')) {
        let (selectors, body) = piece.split_once('{').unwrap();
        let declarations = body.split(';').filter_map(|one| one.split_once(':'));
        let declarations: Vec<_> =
            declarations.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect();
        for selector in selectors.split(',') {
            let parts: Vec<String> =
                selector.split_whitespace().filter(|part| *part != ">").map(str::to_owned).collect();
            let count = |c: char| parts.iter().map(|part| part.matches(c).count()).sum::<usize>();
            let tags = parts.iter().filter(|part| part.starts_with(|c: char| c.is_ascii_alphabetic())).count();
            let weight = (count('#'), count('.') + count(':'), tags);
            rules.push(Rule { parts, weight, declarations: declarations.clone() });
        }
    }
    rules
}

/// Parses `#rrggbb` to red, green and blue from 0 to 1.
pub fn rgb(colour: &str) -> [f64; 3] {
    let digits = colour.strip_prefix('#').unwrap_or_else(|| panic!("{colour} is not a colour"));
    [0, 2, 4].map(|start| f64::from(u8::from_str_radix(&digits[start..start + 2], 16).unwrap()) / 255.0)
}

fn linear(value: f64) -> f64 {
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// Relative luminance (WCAG 2).
pub fn luminance(colour: [f64; 3]) -> f64 {
    let [r, g, b] = colour.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// Contrast ratio of two colours (WCAG 2), from 1 to 21.
pub fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Blends a colour with an opacity over a background.
pub fn over(colour: [f64; 3], opacity: f64, background: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|channel| opacity * colour[channel] + (1.0 - opacity) * background[channel])
}

#[test]
fn rules_of_higher_specificity_win() {
    let page = "<style>.a rect { fill: #111111; } .a .b { fill: #222222; color: var(--x); } .a .b.c { fill: #333333; }\
        :root { --x: #444444; } @media (prefers-color-scheme: dark) { .a rect { fill: #555555; } :root { --x: #666666; } }</style>";
    let (light, dark) = (Sheet::of(page, false), Sheet::of(page, true));
    let path = |classes: &str| [Element::of("svg.a"), Element::of(&format!("rect{classes}"))];
    assert_eq!(light.value(&path(""), "fill").unwrap(), "#111111");
    assert_eq!(dark.value(&path(""), "fill").unwrap(), "#555555");
    assert_eq!(dark.value(&path(".b"), "fill").unwrap(), "#222222", "a class is more specific than a tag");
    assert_eq!(light.value(&path(".b.c"), "fill").unwrap(), "#333333");
    assert_eq!(
        (light.value(&path(".b"), "color").unwrap(), dark.value(&path(".b"), "color").unwrap()),
        ("#444444".into(), "#666666".into())
    );
    assert_eq!(light.value(&[Element::of("p")], "fill"), None);
}
