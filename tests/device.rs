//! Tests of the GPU layer on lavapipe, Mesa's software Vulkan driver.

use graphpnas::device::{Buffer, DeviceChoice, DeviceError, Gpu, Launch, Pipeline, PipelineSpec, choose, list};
use std::sync::Arc;

const SAXPY: &str = "
override scale: f32 = 1.0;
override width: u32 = 64u;
struct Params { count: u32, shift: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(width)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < params.count { y[id.x] += scale * x[id.x] + params.shift; }
}";

#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Params {
    count: u32,
    shift: f32,
    pad: [u32; 2],
}

fn gpu() -> Gpu {
    let choice = DeviceChoice::Name("llvmpipe".to_owned());
    let adapter = choose(&choice).ok().flatten();
    let adapter = adapter.expect("llvmpipe is not installed: run scripts/install-lavapipe.sh");
    Gpu::open(adapter).unwrap()
}

fn saxpy(gpu: &Gpu, scale: f64) -> Result<Arc<Pipeline>, DeviceError> {
    gpu.pipeline(&PipelineSpec::new("saxpy", SAXPY, "main", 2).with(&[("scale", scale), ("width", 32.0)]))
}

/// Returns a buffer with 256 ones at offset 0 and 256 tens at offset 1024, and a buffer with the parameters.
fn arena(gpu: &Gpu) -> (Buffer, Buffer) {
    let arena = gpu.buffer(2048, "arena").unwrap();
    gpu.write(&arena, 0, bytemuck::cast_slice(&[1.0f32; 256])).unwrap();
    gpu.write(&arena, 1024, bytemuck::cast_slice(&[10.0f32; 256])).unwrap();
    let params = gpu.buffer(16, "parameters").unwrap();
    let value = Params { count: 250, shift: 0.5, pad: [0; 2] };
    gpu.write(&params, 0, bytemuck::bytes_of(&value)).unwrap();
    (arena, params)
}

fn launch(gpu: &Gpu, scale: f64, arena: &Buffer, params: &Buffer) -> Launch {
    let pipeline = saxpy(gpu, scale).unwrap();
    let operands = [(arena, 0, 1024), (arena, 1024, 1024)];
    let bind_group = gpu.bind(&pipeline, (params, 0, 16), &operands).unwrap();
    Launch { pipeline, bind_group, groups: [8, 1, 1] }
}

fn tail(gpu: &Gpu, arena: &Buffer) -> Vec<f32> {
    let mut out = vec![0.0f32; 256];
    gpu.read(arena, 1024, bytemuck::cast_slice_mut(&mut out)).unwrap();
    out
}

#[test]
fn the_adapter_list_is_stable_and_contains_lavapipe() {
    let adapters = list();
    assert_eq!(adapters, list());
    assert!(adapters.iter().enumerate().all(|(at, adapter)| adapter.index == at));
    assert!(adapters.iter().any(|a| a.name.contains("llvmpipe") && a.kind.to_string() == "cpu"));
    assert!(gpu().is_software());
}

#[test]
fn auto_never_selects_a_software_adapter() {
    let chosen = choose(&DeviceChoice::Auto).unwrap();
    assert!(chosen.is_none_or(|a| a.get_info().device_type != wgpu::DeviceType::Cpu));
    assert!(choose(&DeviceChoice::Cpu).unwrap().is_none());
}

#[test]
fn launches_over_two_ranges_of_one_buffer_run_in_order() {
    let gpu = gpu();
    let (arena, params) = arena(&gpu);
    let (double, triple) = (launch(&gpu, 2.0, &arena, &params), launch(&gpu, 3.0, &arena, &params));
    let nothing = Launch { groups: [0, 1, 1], ..double.clone() };
    gpu.submit(&[double, nothing, triple]).unwrap();
    let out = tail(&gpu, &arena);
    assert!(out[..250].iter().all(|&y| y == 16.0), "{:?}", &out[..4]);
    assert!(out[250..].iter().all(|&y| y == 10.0));
    gpu.finish().unwrap();
}

#[test]
fn a_pipeline_is_compiled_once_per_constant_value() {
    let gpu = gpu();
    let two = saxpy(&gpu, 2.0).unwrap();
    assert!(Arc::ptr_eq(&two, &saxpy(&gpu, 2.0).unwrap()));
    assert!(!Arc::ptr_eq(&two, &saxpy(&gpu, 3.0).unwrap()));
}

#[test]
fn an_invalid_shader_is_an_error_that_names_the_kernel() {
    let gpu = gpu();
    let broken = "@compute @workgroup_size(1) fn main() { nonsense(); }";
    for (source, entry) in [(broken, "main"), (SAXPY, "absent")] {
        let spec = PipelineSpec::new("broken", source, entry, 1);
        let error = gpu.pipeline(&spec).unwrap_err();
        assert!(matches!(&error, DeviceError::Validation(why) if why.contains("broken.")), "{error}");
    }
    let (arena, params) = arena(&gpu);
    gpu.submit(&[launch(&gpu, 1.0, &arena, &params)]).unwrap();
}

#[test]
fn a_buffer_over_the_limit_is_an_error_with_a_remedy() {
    let gpu = gpu();
    let error = gpu.buffer(gpu.limits().max_buffer_size + 1, "the weights").unwrap_err();
    assert!(matches!(error, DeviceError::BufferTooLarge { .. }));
    let text = error.to_string();
    assert!(text.contains("the weights") && text.contains("--device cpu"), "{text}");
}

#[test]
fn bindings_out_of_bounds_are_errors() {
    let gpu = gpu();
    let (arena, params) = arena(&gpu);
    let pipeline = saxpy(&gpu, 1.0).unwrap();
    let huge = gpu.limits().max_storage_buffer_binding_size + 4;
    let parts = (&arena, 0, 1024);
    let error = gpu.bind(&pipeline, (&params, 0, 16), &[parts, (&arena, 0, huge)]).unwrap_err();
    assert!(matches!(&error, DeviceError::BindingTooLarge { operand, .. } if operand == "operand 1"), "{error}");
    for second in [(&arena, 4, 1024), (&arena, 2048, 1024), (&arena, 0, 0), (&params, 0, 16)] {
        let error = gpu.bind(&pipeline, (&params, 0, 16), &[parts, second]).unwrap_err();
        assert!(matches!(error, DeviceError::Validation(_)), "{error}");
    }
}

#[test]
fn too_many_operands_are_an_error() {
    let gpu = gpu();
    let spec = PipelineSpec::new("wide", SAXPY, "main", u32::MAX);
    assert!(matches!(gpu.pipeline(&spec), Err(DeviceError::TooManyBindings { .. })));
}

#[test]
fn too_many_workgroups_are_an_error() {
    let gpu = gpu();
    let (arena, params) = arena(&gpu);
    let mut launch = launch(&gpu, 1.0, &arena, &params);
    launch.groups = [1, gpu.limits().max_compute_workgroups_per_dimension + 1, 1];
    assert!(matches!(gpu.submit(&[launch]), Err(DeviceError::TooManyGroups { .. })));
}

#[test]
fn a_binding_that_is_too_small_for_the_shader_is_a_validation_error() {
    let gpu = gpu();
    let (arena, params) = arena(&gpu);
    let pipeline = saxpy(&gpu, 1.0).unwrap();
    let operands = [(&arena, 0, 1024), (&arena, 1024, 1024)];
    let bind_group = gpu.bind(&pipeline, (&params, 0, 4), &operands).unwrap();
    let outcome = gpu.submit(&[Launch { pipeline, bind_group, groups: [1, 1, 1] }]);
    assert!(matches!(outcome, Err(DeviceError::Validation(_))), "{outcome:?}");
    gpu.finish().unwrap();
}

#[test]
fn errors_for_unknown_devices_list_the_available_ones() {
    for choice in [DeviceChoice::Name("no such card".to_owned()), DeviceChoice::Index(999)] {
        let error = choose(&choice).unwrap_err();
        let DeviceError::NoAdapter { known, .. } = &error else { panic!("{error}") };
        assert_eq!(known.len(), list().len());
        assert!(error.to_string().contains("llvmpipe"), "{error}");
    }
}

#[test]
fn every_call_on_a_destroyed_device_returns_lost() {
    let gpu = gpu();
    let (arena, params) = arena(&gpu);
    let launch = launch(&gpu, 1.0, &arena, &params);
    gpu.submit(std::slice::from_ref(&launch)).unwrap();
    gpu.clone().destroy();
    let lost = |outcome: Result<(), DeviceError>| matches!(outcome, Err(DeviceError::Lost(_)));
    assert!(lost(gpu.submit(std::slice::from_ref(&launch))));
    assert!(lost(gpu.submit_timed(&[launch]).map(|_| ())));
    assert!(lost(gpu.read(&arena, 0, &mut [0; 16])));
    assert!(lost(gpu.write(&arena, 0, &[0; 16])));
    assert!(lost(gpu.buffer(16, "more").map(|_| ())));
    assert!(lost(saxpy(&gpu, 5.0).map(|_| ())));
    assert!(lost(gpu.finish()));
}

#[test]
fn a_dropped_buffer_is_reused() {
    let gpu = gpu();
    let first = gpu.buffer(5000, "first").unwrap();
    assert!(first.capacity() >= 5000);
    let copy = first.clone();
    drop(first);
    assert_eq!(gpu.pooled_bytes(), 0);
    let capacity = copy.capacity();
    drop(copy);
    assert_eq!(gpu.pooled_bytes(), capacity);
    let second = gpu.buffer(4999, "second").unwrap();
    assert_eq!((gpu.pooled_bytes(), second.capacity()), (0, capacity));
    drop(second);
    gpu.trim().unwrap();
    assert_eq!(gpu.pooled_bytes(), 0);
}

#[test]
fn a_copy_outside_the_buffer_or_misaligned_is_an_error() {
    let gpu = gpu();
    let buffer = gpu.buffer(16, "small").unwrap();
    for (offset, bytes) in [(16, 4), (2, 4), (0, 3), (u64::MAX - 3, 4)] {
        assert!(matches!(gpu.write(&buffer, offset, &vec![0; bytes]), Err(DeviceError::Validation(_))));
        assert!(matches!(gpu.read(&buffer, offset, &mut vec![0; bytes]), Err(DeviceError::Validation(_))));
    }
    gpu.write(&buffer, 0, &[]).unwrap();
    gpu.read(&buffer, 0, &mut []).unwrap();
}

#[test]
fn a_copy_of_several_chunks_is_read_back_complete() {
    let gpu = gpu();
    let data: Vec<u32> = (0..(35 << 20)).collect();
    let buffer = gpu.buffer(data.len() as u64 * 4, "large").unwrap();
    gpu.write(&buffer, 0, bytemuck::cast_slice(&data)).unwrap();
    let mut back = vec![0u32; data.len()];
    gpu.read(&buffer, 0, bytemuck::cast_slice_mut(&mut back)).unwrap();
    assert!(back == data);
}

#[test]
fn launches_are_timed_if_the_device_supports_it() {
    let gpu = gpu();
    let (arena, params) = arena(&gpu);
    let one = launch(&gpu, 1.0, &arena, &params);
    let none = Launch { groups: [0; 3], ..one.clone() };
    let supported = gpu.features().contains(wgpu::Features::TIMESTAMP_QUERY);
    let times = gpu.submit_timed(&[one.clone(), none, one]).unwrap();
    assert_eq!(times.is_some(), supported);
    if let Some(times) = times {
        assert!(times.len() == 3 && times[1] == 0.0, "{times:?}");
        assert!(times.iter().all(|t| (0.0..10.0).contains(t)), "{times:?}");
    }
    assert_eq!(tail(&gpu, &arena)[0], 13.0);
}
