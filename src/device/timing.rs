//! Timing of kernels by the device's clock.

use super::{error::DeviceError, gpu::Gpu, launch::Launch};
use crate::convert::to_u32;

/// Launches timed per submission: two queries each, within wgpu's limit.
const BATCH: usize = wgpu::QUERY_SET_MAX_QUERIES as usize / 2;

/// Bytes of one timestamp.
const STAMP: usize = wgpu::QUERY_SIZE as usize;

impl Gpu {
    /// Runs the kernels like [`Gpu::submit`], waits for them and returns the seconds of each. Returns `None` if the
    /// device does not support timestamp queries; the kernels run in either case. An empty launch takes zero seconds.
    ///
    /// Each kernel has its own pass, so the total time is longer than with [`Gpu::submit`].
    ///
    /// # Errors
    /// As [`Gpu::submit`] and [`Gpu::finish`].
    pub fn submit_timed(&self, launches: &[Launch]) -> Result<Option<Vec<f64>>, DeviceError> {
        if !self.features().contains(wgpu::Features::TIMESTAMP_QUERY) {
            self.submit(launches)?;
            self.finish()?;
            return Ok(None);
        }
        self.health()?;
        self.check_launches(launches)?;
        let mut seconds = Vec::with_capacity(launches.len());
        for batch in launches.chunks(BATCH) {
            seconds.extend(self.time_batch(batch)?);
        }
        Ok(Some(seconds))
    }

    fn time_batch(&self, launches: &[Launch]) -> Result<Vec<f64>, DeviceError> {
        let bytes = launches.len() * 2 * STAMP;
        let usage = wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC;
        let stamps = self.create(bytes as u64, usage, "timestamps")?;
        self.scoped(bytes as u64, "timed launches", || self.run_timed(launches, &stamps))?;
        let mut raw = vec![0; bytes];
        self.fetch(&stamps, 0, &mut raw)?;
        let tick = f64::from(self.queue().get_timestamp_period()) * 1e-9;
        let pairs = launches.iter().zip(raw.chunks_exact(2 * STAMP));
        Ok(pairs.map(|(launch, pair)| elapsed(launch, pair, tick)).collect())
    }

    fn run_timed(&self, launches: &[Launch], stamps: &wgpu::Buffer) {
        let count = to_u32(launches.len()) * 2;
        let queries = self.device().create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("timestamps"),
            ty: wgpu::QueryType::Timestamp,
            count,
        });
        let mut encoder = self.device().create_command_encoder(&Default::default());
        for (index, launch) in (0u32..).zip(launches) {
            let writes = wgpu::ComputePassTimestampWrites {
                query_set: &queries,
                beginning_of_pass_write_index: Some(2 * index),
                end_of_pass_write_index: Some(2 * index + 1),
            };
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some(launch.pipeline.label()),
                timestamp_writes: Some(writes),
            });
            if !launch.is_empty() {
                launch.record(&mut pass);
            }
        }
        encoder.resolve_query_set(&queries, 0..count, stamps, 0);
        self.queue().submit([encoder.finish()]);
    }
}

/// Returns the seconds between the two timestamps of a launch.
fn elapsed(launch: &Launch, pair: &[u8], tick: f64) -> f64 {
    if launch.is_empty() {
        return 0.0;
    }
    let stamp = |bytes: &[u8]| bytemuck::pod_read_unaligned::<u64>(bytes);
    let (begin, end) = pair.split_at(STAMP);
    stamp(end).saturating_sub(stamp(begin)) as f64 * tick
}
