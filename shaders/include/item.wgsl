// The size of a workgroup, set by the call or by the device class: 64 on GPUs, one vector register wide on software Vulkan.
override WG: u32 = 64u;

// The number of this invocation's item where a launch is a row of items folded into two dimensions.
fn item_of(id: vec3<u32>, groups: vec3<u32>) -> u32 {
    return id.x + id.y * groups.x * WG;
}
