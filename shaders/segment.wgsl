// Gathering of matrix rows by index, and sums of the rows with the same index: each is the gradient of the other.
//
// gather:      y[i] = x[index[i]] for i below count, or zeros if there is no such row
// segment_sum: y[s] = sum of x[i] over all i with index[i] = s, in the order of i; zeros if there is none
// The table of integers holds: index (count), the positions i sorted by index (count), and the start of each segment's
// positions in that list, and the end (segments + 1). One invocation per element of y.

// #include "item.wgsl"

struct Shape {
    count: u32,
    segments: u32,
    width: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> table: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WG)
fn gather(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let item = item_of(id, groups);
    if item >= shape.count * shape.width { return; }
    let row = table[item / shape.width];
    var value = 0.0;
    if row < shape.segments { value = x[row * shape.width + item % shape.width]; }
    y[item] = value;
}

@compute @workgroup_size(WG)
fn segment_sum(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let item = item_of(id, groups);
    if item >= shape.segments * shape.width { return; }
    let starts = 2u * shape.count + item / shape.width;
    var sum = 0.0;
    for (var i = table[starts]; i < min(table[starts + 1u], shape.count); i++) {
        let row = table[shape.count + i];
        if row < shape.count { sum += x[row * shape.width + item % shape.width]; }
    }
    y[item] = sum;
}
