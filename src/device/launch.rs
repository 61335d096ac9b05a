//! Submission of kernels.

use std::sync::Arc;

use super::{error::DeviceError, gpu::Gpu, pipeline::Pipeline};

/// One dispatch of a kernel.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The kernel.
    pub pipeline: Arc<Pipeline>,
    /// The parameters and operands, from [`Gpu::bind`].
    pub bind_group: wgpu::BindGroup,
    /// Workgroups along x, y and z. Nothing runs if one of them is zero.
    pub groups: [u32; 3],
}

impl Launch {
    /// Whether the dispatch has no workgroups.
    pub(super) fn is_empty(&self) -> bool {
        self.groups.contains(&0)
    }

    /// Records the dispatch into a pass.
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
    /// Submits the kernels to run in order; each sees the results of those before it. Does not wait for them to finish.
    ///
    /// # Errors
    /// [`DeviceError::TooManyGroups`] before anything has run, or an error of the device.
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

    /// Checks that every dispatch is within the device's limit.
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

/// Records the launches into one pass. Sets the pipeline only when it changes.
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
