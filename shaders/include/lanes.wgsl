// LANES invocations next to each other share a row: a power of two, not above the workgroup's size. Each takes every
// LANES-th number of the row; what they found is put together here, in a fixed order. One lane needs no barrier.
override LANES: u32 = 1u;

var<workgroup> parts: array<f32, 64>;

// The sum of what the lanes of a row found; `at` is the invocation's place in its workgroup.
fn sum_of_lanes(at: u32, found: f32) -> f32 {
    if LANES == 1u { return found; }
    parts[at] = found;
    workgroupBarrier();
    for (var step = LANES / 2u; step > 0u; step /= 2u) {
        if at % LANES < step { parts[at] += parts[at + step]; }
        workgroupBarrier();
    }
    let sum = parts[at - at % LANES];
    workgroupBarrier();
    return sum;
}

// The largest of what they found.
fn largest_of_lanes(at: u32, found: f32) -> f32 {
    if LANES == 1u { return found; }
    parts[at] = found;
    workgroupBarrier();
    for (var step = LANES / 2u; step > 0u; step /= 2u) {
        if at % LANES < step { parts[at] = max(parts[at], parts[at + step]); }
        workgroupBarrier();
    }
    let largest = parts[at - at % LANES];
    workgroupBarrier();
    return largest;
}
