//! Running kernels.

use std::sync::Arc;

use super::{error::DeviceError, gpu::Gpu, pipeline::Pipeline};

/// One run of a kernel.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The kernel.
    pub pipeline: Arc<Pipeline>,
    /// What it works on, from [`Gpu::bind`].
    pub bind_group: wgpu::BindGroup,
    /// How many workgroups to start; none where one of them is zero.
    pub groups: [u32; 3],
}

impl Launch {
    /// Whether there is anything to do.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.contains(&0)
    }

    /// Records it into a pass.
    pub(super) fn record(&self, pass: &mut wgpu::ComputePass<'_>) {
        pass.set_pipeline(self.pipeline.raw());
        self.record_dispatch(pass);
    }

    fn record_dispatch(&self, pass: &mut wgpu::ComputePass<'_>) {
        let [x, y, z] = self.groups;
        pass.set_bind_group(0, &self.bind_group, &[]);
        pass.dispatch_workgroups(x, y, z);
    }
}

impl Gpu {
    /// Runs the kernels one after the other, each seeing what those before it
    /// wrote, in one submission. Returns as soon as the device has them.
    ///
    /// # Errors
    /// [`DeviceError::TooManyGroups`] before anything has run, or the device's
    /// own error.
    pub fn submit(&self, launches: &[Launch]) -> Result<(), DeviceError> {
        self.health()?;
        self.check_launches(launches)?;
        let launches: Vec<_> = launches.iter().filter(|launch| !launch.is_empty()).collect();
        let Some(first) = launches.first() else {
            return Ok(());
        };
        let what = format!("{} launches from {} on", launches.len(), first.pipeline.label());
        self.scoped(0, &what, || {
            let mut encoder = self.device().create_command_encoder(&Default::default());
            record_all(&mut encoder.begin_compute_pass(&Default::default()), &launches);
            self.queue().submit([encoder.finish()]);
        })
    }

    /// Whether every dispatch is within the device's limit.
    pub(super) fn check_launches(&self, launches: &[Launch]) -> Result<(), DeviceError> {
        let limit = self.limits().max_compute_workgroups_per_dimension;
        let over = |launch: &&Launch| launch.groups.iter().any(|&count| count > limit);
        match launches.iter().filter(|launch| !launch.is_empty()).find(over) {
            None => Ok(()),
            Some(launch) => Err(DeviceError::TooManyGroups {
                kernel: launch.pipeline.label().to_owned(),
                groups: launch.groups,
                limit,
            }),
        }
    }
}

/// Records the launches into one pass, setting each kernel only when it changes.
fn record_all(pass: &mut wgpu::ComputePass<'_>, launches: &[&Launch]) {
    let mut last: Option<&Arc<Pipeline>> = None;
    for launch in launches {
        if last.is_some_and(|pipeline| Arc::ptr_eq(pipeline, &launch.pipeline)) {
            launch.record_dispatch(pass);
        } else {
            launch.record(pass);
        }
        last = Some(&launch.pipeline);
    }
}
