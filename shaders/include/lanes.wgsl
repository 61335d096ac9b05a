// LANES adjacent invocations share a row; LANES is a power of two, at most the workgroup size. Each processes every LANES-th
// element of the row; their results are combined here in a fixed order. A single lane needs no barrier.
override LANES: u32 = 1u;

var<workgroup> parts: array<f32, 64>;

// The sum of the results of a row's lanes; `at` is the index of the invocation in its workgroup.
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

// The maximum of the results of a row's lanes.
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
