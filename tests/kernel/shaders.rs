//! Every shader through naga: valid WGSL that can be translated for Vulkan, Metal and DirectX. Needs no GPU.

use graphpnas::kernel::{registry, source};
use naga::back::{hlsl, msl, spv};
use naga::valid::{Capabilities, ValidationFlags, Validator};
use std::collections::{BTreeMap, HashSet};

/// Returns the modules by stem and source: a family can have a separate source for features that not every adapter
/// supports.
fn modules() -> BTreeMap<(&'static str, &'static str), (naga::Module, String)> {
    let mut modules = BTreeMap::new();
    for kernel in registry() {
        let text = source(kernel.shader).into_owned();
        let module = naga::front::wgsl::parse_str(&text)
            .unwrap_or_else(|error| panic!("{}: {}", kernel.stem(), error.emit_to_string(&text)));
        modules.insert((kernel.stem(), kernel.shader), (module, text));
    }
    modules
}

/// Returns the module with its overrides set as on a GPU with workgroups of 64.
fn resolved(stem: &str, module: &naga::Module) -> (naga::Module, naga::valid::ModuleInfo) {
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::SUBGROUP);
    let info = validator.validate(module).unwrap_or_else(|error| panic!("{stem}: {error:?}"));
    let constants = naga::back::PipelineConstants::from([("WG".to_owned(), 64.0)]);
    let (module, info) = naga::back::pipeline_constants::process_overrides(module, &info, None, &constants)
        .unwrap_or_else(|error| panic!("{stem}: {error}"));
    (module.into_owned(), info.into_owned())
}

#[test]
fn every_kernel_has_an_entry_point() {
    let modules = modules();
    for kernel in registry() {
        let (module, text) = &modules[&(kernel.stem(), kernel.shader)];
        let found = module.entry_points.iter().any(|entry| entry.name == kernel.entry());
        assert!(found, "{} is not in shaders/{}.wgsl", kernel.entry(), kernel.stem());
        assert!(!text.contains("#include"), "{} has an unknown include", kernel.stem());
        assert!(text.contains("override WG"), "{} has no workgroup size", kernel.stem());
    }
    for ((stem, _), (module, _)) in &modules {
        for entry in &module.entry_points {
            let name = format!("{stem}.{}", entry.name);
            assert!(registry().iter().any(|kernel| kernel.name == name), "{name} is not registered");
        }
    }
}

/// The parameters are a `repr(C)` struct of 32-bit fields in Rust and a uniform in WGSL, which has its own padding and
/// alignment rules.
#[test]
fn parameters_have_the_layout_of_their_uniforms() {
    let modules = modules();
    let cases = super::FAMILIES.iter().flat_map(|family| family()).chain(super::conv2d::cases());
    let mut seen = HashSet::new();
    for case in cases {
        for call in case.calls() {
            let (kernel, bytes) = (call.kernel, call.params.bytes().len());
            let (module, info) = resolved(kernel.stem(), &modules[&(kernel.stem(), kernel.shader)].0);
            let entry = module.entry_points.iter().position(|entry| entry.name == kernel.entry()).unwrap();
            let used = info.get_entry_point(entry);
            let uniform = module
                .global_variables
                .iter()
                .find(|(handle, global)| global.space == naga::AddressSpace::Uniform && !used[*handle].is_empty());
            let Some((_, uniform)) = uniform else { continue };
            let naga::TypeInner::Struct { members, span } = &module.types[uniform.ty].inner else {
                panic!("{}: the parameters are not a struct", kernel.name)
            };
            let mut end = 0;
            for member in members {
                let size = module.types[member.ty].inner.size(module.to_ctx());
                assert_eq!(member.offset, end, "{}: {:?} does not follow the previous field", kernel.name, member.name);
                end += size;
            }
            assert_eq!((*span as usize, end as usize), (bytes, bytes), "{}: bytes of the parameters", kernel.name);
            seen.insert(kernel.name);
        }
    }
    assert!(seen.len() > 80, "{} kernels have parameters", seen.len());
}

#[test]
fn every_shader_translates_to_spirv() {
    for ((stem, _), (module, _)) in modules() {
        let (module, info) = resolved(stem, &module);
        let words = spv::write_vec(&module, &info, &spv::Options::default(), None);
        assert!(!words.unwrap_or_else(|error| panic!("{stem}: {error}")).is_empty());
    }
}

#[test]
fn every_shader_translates_to_metal() {
    let options = msl::Options { lang_version: (2, 4), fake_missing_bindings: true, ..Default::default() };
    for ((stem, _), (module, _)) in modules() {
        let (module, info) = resolved(stem, &module);
        let written = msl::write_string(&module, &info, &options, &msl::PipelineOptions::default());
        let (text, translation) = written.unwrap_or_else(|error| panic!("{stem}: {error}"));
        assert!(text.contains("kernel void"));
        assert!(translation.entry_point_names.iter().all(Result::is_ok), "{stem}");
    }
}

#[test]
fn every_shader_translates_to_hlsl() {
    let options = hlsl::Options { fake_missing_bindings: true, ..Default::default() };
    for ((stem, _), (module, _)) in modules() {
        let (module, info) = resolved(stem, &module);
        let mut text = String::new();
        let pipeline = hlsl::PipelineOptions::default();
        let written = hlsl::Writer::new(&mut text, &options, &pipeline).write(&module, &info, None);
        let reflection = written.unwrap_or_else(|error| panic!("{stem}: {error}"));
        assert!(reflection.entry_point_names.iter().all(Result::is_ok), "{stem}");
        assert!(text.contains("numthreads"));
    }
}
