// ---- the geometry of `tiled_` and `thin_`, known at compile time: a division by a constant takes a tenth of the time
// of one by a variable, and there are several per read.

override WIDTH: u32 = 8u;
override HEIGHT: u32 = 8u;
override OUT_WIDTH: u32 = 8u;
override OUT_HEIGHT: u32 = 8u;
override WINDOW_WIDTH: u32 = 3u;
override WINDOW_HEIGHT: u32 = 3u;
override STRIDE: u32 = 1u;
override PADDING_HEIGHT: u32 = 1u;
override PADDING_WIDTH: u32 = 1u;
override DILATION: u32 = 1u;
override RELU: u32 = 0u;

// A pixel of the batch: the index of its image's first element, and the row and column where its kernel window begins.
struct Spot {
    image: u32,
    y: i32,
    x: i32,
}

// Where the kernel window of output pixel `index` begins in the input; past the batch, an invalid pixel.
fn window_of(index: u32) -> Spot {
    let n = index / (OUT_WIDTH * OUT_HEIGHT);
    let y = i32(index / OUT_WIDTH % OUT_HEIGHT * STRIDE) - i32(PADDING_HEIGHT);
    let x = i32(index % OUT_WIDTH * STRIDE) - i32(PADDING_WIDTH);
    return Spot(n * shape.channels * (HEIGHT * WIDTH), select(y, -0x1000000, n >= shape.batch), x);
}

// The element of x at a kernel element and a channel, after the prologue.
fn input_at(at: Spot, channel: u32, place: u32) -> f32 {
    let y = u32(at.y + i32(place / WINDOW_WIDTH * DILATION));
    let x = u32(at.x + i32(place % WINDOW_WIDTH * DILATION));
    var value = 0.0;
    // Negative rows and columns have wrapped to large values.
    if y < HEIGHT && x < WIDTH { value = a[at.image + (channel * HEIGHT + y) * WIDTH + x]; }
    return select(value, max(value, 0.0), RELU != 0u);
}

// Input pixel `index`, with the padding added.
fn padded_of(index: u32) -> Spot {
    let n = index / (WIDTH * HEIGHT);
    let y = i32(index / WIDTH % HEIGHT + PADDING_HEIGHT);
    let x = i32(index % WIDTH + PADDING_WIDTH);
    return Spot(n * shape.filters * (OUT_HEIGHT * OUT_WIDTH), select(y, -0x1000000, n >= shape.batch), x);
}

// The gradient that a pixel receives from a filter through a kernel element.
fn gradient_at(at: Spot, f: u32, place: u32) -> f32 {
    let y = at.y - i32(place / WINDOW_WIDTH * DILATION);
    let x = at.x - i32(place % WINDOW_WIDTH * DILATION);
    if y < 0 || x < 0 || u32(y) % STRIDE != 0u || u32(x) % STRIDE != 0u { return 0.0; }
    let oy = u32(y) / STRIDE;
    let ox = u32(x) / STRIDE;
    if oy >= OUT_HEIGHT || ox >= OUT_WIDTH { return 0.0; }
    return a[at.image + (f * OUT_HEIGHT + oy) * OUT_WIDTH + ox];
}

// The position of a computed pixel, forward or backward.
fn spot_of(index: u32, back: bool) -> Spot {
    if back { return padded_of(index); }
    return window_of(index);
}
