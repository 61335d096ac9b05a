// The workgroup size, set by the call or by the device type: 64 on GPUs, one vector register on software Vulkan.
override WG: u32 = 64u;

// The index of this invocation's item in a launch whose items are folded into two dimensions.
fn item_of(id: vec3<u32>, groups: vec3<u32>) -> u32 {
    return id.x + id.y * groups.x * WG;
}
