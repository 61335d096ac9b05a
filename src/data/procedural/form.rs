//! The classes of the built-in data set, as signed distance functions in pixels.

/// A class of the built-in data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Disc,
    Square,
    Triangle,
    Ring,
    Cross,
    Star,
    HorizontalStripes,
    VerticalStripes,
    Checkerboard,
    Dots,
}

/// Range of the random rotation of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Any angle.
    Any,
    /// A few degrees, for forms that a larger rotation would turn into another class.
    Slight,
}

impl Form {
    pub(super) const ALL: [Self; 10] = [
        Self::Disc,
        Self::Square,
        Self::Triangle,
        Self::Ring,
        Self::Cross,
        Self::Star,
        Self::HorizontalStripes,
        Self::VerticalStripes,
        Self::Checkerboard,
        Self::Dots,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Disc => "disc",
            Self::Square => "square",
            Self::Triangle => "triangle",
            Self::Ring => "ring",
            Self::Cross => "cross",
            Self::Star => "star",
            Self::HorizontalStripes => "horizontal stripes",
            Self::VerticalStripes => "vertical stripes",
            Self::Checkerboard => "checkerboard",
            Self::Dots => "dots",
        }
    }

    pub(super) fn turn(self) -> Turn {
        match self {
            Self::HorizontalStripes | Self::VerticalStripes => Turn::Slight,
            _ => Turn::Any,
        }
    }

    /// Signed distance of (x, y) to the edge of the form centred at the origin, negative inside. `size` is the radius
    /// of a shape, the width of a stripe or checkerboard square, or half the spacing of dots.
    pub(super) fn distance(self, x: f32, y: f32, size: f32) -> f32 {
        match self {
            Self::Disc => length(x, y) - 0.95 * size,
            Self::Square => x.abs().max(y.abs()) - 0.85 * size,
            Self::Triangle => TRIANGLE.map(|(a, b)| a * x + b * y - 0.6 * size).into_iter().fold(f32::MIN, f32::max),
            Self::Ring => (length(x, y) - 0.8 * size).abs() - 0.22 * size,
            Self::Cross => bar(x, y, size).min(bar(y, x, size)),
            Self::Star => star(x, y, 1.3 * size),
            Self::HorizontalStripes => wave(y, size),
            Self::VerticalStripes => wave(x, size),
            Self::Checkerboard => {
                let (a, b) = (wave(x, size), wave(y, size));
                a.abs().min(b.abs()) * if (a < 0.0) == (b < 0.0) { 1.0 } else { -1.0 }
            }
            Self::Dots => length(fold(x, 2.0 * size), fold(y, 2.0 * size)) - 0.6 * size,
        }
    }
}

/// Outward normals of the sides of the triangle.
const TRIANGLE: [(f32, f32); 3] = [(0.0, 1.0), (0.866_025_4, -0.5), (-0.866_025_4, -0.5)];
/// Normals of the five lines of the pentagram.
const PENTAGRAM: [(f32, f32); 5] = [
    (0.0, 1.0),
    (0.951_056_5, 0.309_017),
    (0.587_785_25, -0.809_017),
    (-0.587_785_25, -0.809_017),
    (-0.951_056_5, 0.309_017),
];

fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

/// One bar of the cross.
fn bar(x: f32, y: f32, size: f32) -> f32 {
    (x.abs() - size).max(y.abs() - 0.28 * size)
}

/// A point is inside a pentagram if it is outside of at most one of its five lines, so the second largest distance
/// decides.
fn star(x: f32, y: f32, radius: f32) -> f32 {
    let (mut first, mut second) = (f32::MIN, f32::MIN);
    for (a, b) in PENTAGRAM {
        let distance = a * x + b * y - 0.309_017 * radius;
        second = second.max(distance.min(first));
        first = first.max(distance);
    }
    second
}

/// Wraps `value` to one period around 0.
fn fold(value: f32, period: f32) -> f32 {
    value - period * (value / period).round()
}

/// Stripes: alternately `size` pixels of ink and of ground.
fn wave(value: f32, size: f32) -> f32 {
    fold(value, 2.0 * size).abs() - 0.5 * size
}
