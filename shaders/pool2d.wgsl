// Pooling of planes (images times channels) over windows of KH x KW pixels with a stride.
//
// max:          y = maximum of the window without padding
// max_grad:     dx = sum of g over the windows in which the pixel is the first maximum in row-major order
// average:      y = sum of the window / number of its pixels, including padding only if requested
// average_grad: dx = sum of g / number of pixels over the windows that contain the pixel
//
// max, average: one invocation per window. Gradients: one invocation per pixel, which sums over the windows that contain it, so
// that no atomic additions are needed.

// #include "item.wgsl"

struct Shape {
    planes: u32,
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
    kernel_height: u32,
    kernel_width: u32,
    stride: u32,
    padding_height: u32,
    padding_width: u32,
    count_padding: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> upstream: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
// average_grad
@group(0) @binding(1) var<storage, read_write> g: array<f32>;
@group(0) @binding(2) var<storage, read_write> to_x: array<f32>;

// The pixels of a window inside the image: from `low` to before `high`.
struct Box {
    low: vec2<u32>,
    high: vec2<u32>,
}

fn box_of(oy: u32, ox: u32) -> Box {
    let start = vec2(oy, ox) * shape.stride;
    let end = start + vec2(shape.kernel_height, shape.kernel_width);
    let p = vec2(shape.padding_height, shape.padding_width);
    return Box(max(start, p) - p, min(end, vec2(shape.height, shape.width) + p) - p);
}

fn count_of(window: Box) -> f32 {
    let inside = window.high - window.low;
    let all = shape.kernel_height * shape.kernel_width;
    return f32(select(inside.x * inside.y, all, shape.count_padding != 0u));
}

// The windows that contain a pixel: rows and columns of y from `low` to before `high`.
fn covering(iy: u32, ix: u32) -> Box {
    let at = vec2(iy, ix) + vec2(shape.padding_height, shape.padding_width);
    let k = vec2(shape.kernel_height, shape.kernel_width);
    let low = select((at - k) / shape.stride + 1u, vec2(0u), at < k);
    return Box(low, min(at / shape.stride + 1u, vec2(shape.out_height, shape.out_width)));
}

@compute @workgroup_size(WG)
fn maximum(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    let outputs = shape.out_height * shape.out_width;
    if i >= shape.planes * outputs { return; }
    let plane = i / outputs * shape.height;
    let window = box_of(i % outputs / shape.out_width, i % shape.out_width);
    var most = x[(plane + window.low.x) * shape.width + window.low.y];
    for (var iy = window.low.x; iy < window.high.x; iy++) {
        for (var ix = window.low.y; ix < window.high.y; ix++) { most = max(most, x[(plane + iy) * shape.width + ix]); }
    }
    y[i] = most;
}

// Whether pixel `at` of the plane, a maximum of the window, is the first one.
fn is_first(plane: u32, at: u32, window: Box) -> bool {
    for (var iy = window.low.x; iy < window.high.x; iy++) {
        for (var ix = window.low.y; ix < window.high.y; ix++) {
            let other = (plane + iy) * shape.width + ix;
            if x[other] == x[at] { return other == at; }
        }
    }
    return false;
}

@compute @workgroup_size(WG)
fn max_grad(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    let pixels = shape.height * shape.width;
    if i >= shape.planes * pixels { return; }
    let plane = i / pixels;
    let windows = covering(i % pixels / shape.width, i % shape.width);
    var sum = 0.0;
    for (var oy = windows.low.x; oy < windows.high.x; oy++) {
        for (var ox = windows.low.y; ox < windows.high.y; ox++) {
            let o = (plane * shape.out_height + oy) * shape.out_width + ox;
            if x[i] == y[o] {
                if is_first(plane * shape.height, i, box_of(oy, ox)) { sum += upstream[o]; }
            }
        }
    }
    dx[i] = sum;
}

@compute @workgroup_size(WG)
fn average(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    let outputs = shape.out_height * shape.out_width;
    if i >= shape.planes * outputs { return; }
    let plane = i / outputs * shape.height;
    let window = box_of(i % outputs / shape.out_width, i % shape.out_width);
    var sum = 0.0;
    for (var iy = window.low.x; iy < window.high.x; iy++) {
        for (var ix = window.low.y; ix < window.high.y; ix++) { sum += x[(plane + iy) * shape.width + ix]; }
    }
    y[i] = sum / count_of(window);
}

@compute @workgroup_size(WG)
fn average_grad(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    let pixels = shape.height * shape.width;
    if i >= shape.planes * pixels { return; }
    let plane = i / pixels * shape.out_height;
    let windows = covering(i % pixels / shape.width, i % shape.width);
    var sum = 0.0;
    for (var oy = windows.low.x; oy < windows.high.x; oy++) {
        for (var ox = windows.low.y; ox < windows.high.y; ox++) {
            sum += g[(plane + oy) * shape.out_width + ox] / count_of(box_of(oy, ox));
        }
    }
    to_x[i] = sum;
}
