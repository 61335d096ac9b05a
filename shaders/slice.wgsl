// Slices of tensors. A tensor is viewed as [outer, rows, columns].
//
// cut:   y[o,r,c] = x[o, r + row, c + column], zero where x has no such row or column
// paste: y[o, r + row, c + column] = x[o,r,c]; the rest of y is not changed
//
// One invocation per written element.

// #include "item.wgsl"

struct Shape {
    outer: u32,
    x_rows: u32,
    x_columns: u32,
    y_rows: u32,
    y_columns: u32,
    row: i32,
    column: i32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WG)
fn cut(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.outer * shape.y_rows * shape.y_columns { return; }
    let line = i / shape.y_columns;
    let r = i32(line % shape.y_rows) + shape.row;
    let c = i32(i % shape.y_columns) + shape.column;
    let inside = r >= 0 && r < i32(shape.x_rows) && c >= 0 && c < i32(shape.x_columns);
    let at = (line / shape.y_rows * shape.x_rows + u32(max(r, 0))) * shape.x_columns + u32(max(c, 0));
    y[i] = 0.0;
    if inside { y[i] = x[at]; }
}

@compute @workgroup_size(WG)
fn paste(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.outer * shape.x_rows * shape.x_columns { return; }
    let line = i / shape.x_columns;
    let row = line / shape.x_rows * shape.y_rows + line % shape.x_rows + u32(shape.row);
    y[row * shape.y_columns + i % shape.x_columns + u32(shape.column)] = x[i];
}
