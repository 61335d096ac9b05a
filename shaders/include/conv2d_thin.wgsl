// ---- thin: GPUs, few channels per group, as in depthwise convolutions -----------------------------------------------------
// There is little data to share: an invocation computes one element; in grad_weight a workgroup does.

@compute @workgroup_size(WG)
fn thin_forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let item = item_of(id, groups);
    let pixels = OUT_WIDTH * OUT_HEIGHT;
    let n = item / pixels / shape.filters;
    if n >= shape.batch { return; }
    let window = WINDOW_HEIGHT * WINDOW_WIDTH;
    let depth = shape.channels / shape.groups;
    let f = item / pixels % shape.filters;
    let group = f / (shape.filters / shape.groups);
    let at = window_of(n * pixels + item % pixels);
    var sum = 0.0;
    for (var channel = 0u; channel < depth; channel++) {
        for (var place = 0u; place < window; place++) {
            sum += input_at(at, group * depth + channel, place) * b[(f * depth + channel) * window + place];
        }
    }
    if shape.bias != 0u { sum += c[f]; }
    d[item] = sum;
}

// a = g, b = w, c = x, d = dx
@compute @workgroup_size(WG)
fn thin_grad_input(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let item = item_of(id, groups);
    let pixels = WIDTH * HEIGHT;
    let n = item / pixels / shape.channels;
    if n >= shape.batch { return; }
    let window = WINDOW_HEIGHT * WINDOW_WIDTH;
    let filters = shape.filters / shape.groups;
    let depth = shape.channels / shape.groups;
    let channel = item / pixels % shape.channels;
    let group = channel / depth;
    let at = padded_of(n * pixels + item % pixels);
    var sum = 0.0;
    for (var f = group * filters; f < (group + 1u) * filters; f++) {
        for (var place = 0u; place < window; place++) {
            sum += gradient_at(at, f, place) * b[(f * depth + channel % depth) * window + place];
        }
    }
    d[item] = select(0.0, sum, shape.relu == 0u || c[item] > 0.0);
}

var<workgroup> sums: array<f32, 64>;

// a = x, b = g, c = dw. workgroup_id.z is the part; x and y together are the weight.
@compute @workgroup_size(WG)
fn thin_grad_weight(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let window = WINDOW_HEIGHT * WINDOW_WIDTH;
    let pixels = OUT_WIDTH * OUT_HEIGHT;
    let depth = shape.channels / shape.groups;
    let weight = id.y * groups.x + id.x;
    let f = min(weight / (depth * window), shape.filters - 1u);
    let channel = f / (shape.filters / shape.groups) * depth + weight / window % depth;
    let end = (id.z + 1u) * shape.batch / shape.parts * pixels;
    var sum = 0.0;
    for (var p = id.z * shape.batch / shape.parts * pixels + lane; p < end; p += WG) {
        sum += b[(p / pixels * shape.filters + f) * pixels + p % pixels] * input_at(window_of(p), channel, weight % window);
    }
    sums[lane] = sum;
    workgroupBarrier();
    for (var half = WG / 2u; half > 0u; half = half / 2u) {
        if lane < half { sums[lane] += sums[lane + half]; }
        workgroupBarrier();
    }
    if lane == 0u && weight < shape.filters * depth * window {
        c[id.z * shape.filters * depth * window + weight] = sums[0];
    }
}
