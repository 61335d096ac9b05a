//! 2-D convolutions, NCHW with OIHW weights (`shaders/conv2d.wgsl`).
//!
//! NCHW because the twin copies complete image rows into its long rows (`conv2d/layout.rs`), and because the golden
//! tensors use it.

mod layout;
mod tile;
mod twin;

use super::call::{Access, Call, Extent, Kernel};
use bytemuck::{Pod, Zeroable};

/// Output pixels per invocation.
const PIXELS: usize = 8;
/// Output channels per invocation of the blocked variants. With fewer output channels, as in depthwise convolutions,
/// the `thin` variants are used.
const CHANNELS: usize = 4;
/// On software adapters: output channels shared by the invocations of a workgroup, and invocations per workgroup.
const SHARED: usize = 8;
/// On GPUs: elements computed per workgroup, and the candidates for the rows of a tile.
const TILE: (usize, [usize; 3]) = (4096, [16, 32, 64]);
/// Workgroups that fully use a GPU. With fewer, small tiles are faster than those with the fewest reads.
const FULL_GPU: usize = 256;

/// The parameters of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2d {
    /// Batch size.
    pub batch: usize,
    /// Input channels, a multiple of `groups`.
    pub channels: usize,
    /// Rows of the input.
    pub height: usize,
    /// Columns of the input.
    pub width: usize,
    /// Output channels, a multiple of `groups`.
    pub filters: usize,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Stride in pixels, for both axes.
    pub stride: usize,
    /// Zero padding in pixels: rows above and below, and columns left and right.
    pub padding: [usize; 2],
    /// Dilation: distance of two kernel elements, in pixels.
    pub dilation: usize,
    /// Number of groups.
    pub groups: usize,
    /// Whether there is a bias per filter.
    pub bias: bool,
    /// Whether a ReLU is applied to the input.
    pub relu: bool,
}

/// The parameters in the layout of the shaders.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    pub batch: u32,
    pub channels: u32,
    pub height: u32,
    pub width: u32,
    pub filters: u32,
    pub out_height: u32,
    pub out_width: u32,
    pub kernel_height: u32,
    pub kernel_width: u32,
    pub stride: u32,
    pub padding_height: u32,
    pub padding_width: u32,
    pub dilation: u32,
    pub groups: u32,
    pub bias: u32,
    pub relu: u32,
    /// Parts of the batch whose weight gradients are summed separately.
    pub parts: u32,
}

impl Conv2d {
    /// Creates a convolution with one group, stride and dilation 1, and no padding, bias or ReLU.
    #[must_use]
    pub fn new([batch, channels, height, width]: [usize; 4], filters: usize, kernel: [usize; 2]) -> Self {
        let (bias, relu) = (false, false);
        Self {
            batch,
            channels,
            height,
            width,
            filters,
            kernel,
            stride: 1,
            padding: [0; 2],
            dilation: 1,
            groups: 1,
            bias,
            relu,
        }
    }

    /// Returns the rows and columns of the result, or `None` for invalid sizes.
    #[must_use]
    pub fn out(&self) -> Option<[usize; 2]> {
        let counts = [self.batch, self.channels, self.filters, self.stride, self.dilation, self.groups];
        let nonzero = !counts.contains(&0) && !self.kernel.contains(&0);
        if !nonzero || !self.channels.is_multiple_of(self.groups) || !self.filters.is_multiple_of(self.groups) {
            return None;
        }
        let side = |len: usize, axis: usize| {
            let reach = self.dilation * (self.kernel[axis] - 1) + 1;
            (len + 2 * self.padding[axis]).checked_sub(reach).map(|rest| rest / self.stride + 1)
        };
        Some([side(self.height, 0)?, side(self.width, 1)?])
    }

    /// Returns the number of weights.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.filters * (self.channels / self.groups.max(1)) * self.kernel[0] * self.kernel[1]
    }

    /// Returns the number of parts of the batch whose weight gradients are summed separately: enough for many
    /// invocations, but few for large weights.
    #[must_use]
    pub fn parts(&self) -> usize {
        ((1 << 20) / self.weights().max(1)).clamp(2, 16).min(self.batch)
    }

    /// Computes the convolution. Operands: x, weights, bias (any tensor if there is none), y.
    #[must_use]
    pub fn forward(&self) -> Call {
        let [height, width] = self.out().unwrap_or_default();
        if self.filters / self.groups < CHANNELS {
            let plain = self.plain(&FORWARD, self.tiles(self.filters, height, width));
            let items = Extent::Items(self.batch * self.filters * height * width);
            return self.compiled(&THIN_FORWARD, items).for_software(plain);
        }
        let shared = self.shared(&SHARED_FORWARD, self.strips(self.filters, height, width));
        self.pixels(&TILED_FORWARD, self.filters, self.batch * height * width).for_software(shared)
    }

    /// Computes the gradient of x. Operands: gradient of y, weights, x (read only with a ReLU), gradient of x.
    #[must_use]
    pub fn grad_input(&self) -> Call {
        let plain = self.plain(&GRAD_INPUT, self.tiles(self.channels, self.height, self.width));
        if self.channels / self.groups < CHANNELS {
            let items = Extent::Items(self.batch * self.channels * self.height * self.width);
            return self.compiled(&THIN_GRAD_INPUT, items).for_software(plain);
        }
        let shared = self.shared(&SHARED_GRAD_INPUT, self.strips(self.channels, self.height, self.width));
        let pixels = self.batch * self.height * self.width;
        let tiled = self.pixels(&TILED_GRAD_INPUT, self.channels, pixels);
        tiled.for_software(if self.stride == 1 { shared } else { plain })
    }

    /// Computes the partial gradients of the weights, one per part ([`Conv2d::parts`]). Operands: x, gradient of y, the
    /// gradients.
    #[must_use]
    pub fn grad_weight(&self) -> Call {
        let (filters, positions) = (self.filters / self.groups, self.weights() / self.filters);
        if filters < CHANNELS {
            let plain = self.plain(&GRAD_WEIGHT, self.parts() * self.groups * filters.div_ceil(CHANNELS) * positions);
            let [x, y] = fold(self.weights());
            return self.compiled(&THIN_GRAD_WEIGHT, workgroups([x, y, self.parts()])).for_software(plain);
        }
        let across = (positions / if self.adjacent() { 3 } else { 1 }).div_ceil(SHARED);
        let groups = [across, filters.div_ceil(SHARED), self.parts() * self.groups];
        let shared = self.shared(&SHARED_GRAD_WEIGHT, groups);
        let workgroups = filters.div_ceil(32) * positions.div_ceil(32) * self.parts() * self.groups;
        let side = if filters.min(positions) > 16 && workgroups >= FULL_GPU { 32 } else { 16 };
        self.tiled(&TILED_GRAD_WEIGHT, [self.filters, positions], [side, side], self.parts()).for_software(shared)
    }

    /// Computes the gradients of the bias, one per image. Operands: gradient of y, the gradients.
    #[must_use]
    pub fn grad_bias(&self) -> Call {
        let [height, width] = self.out().unwrap_or_default();
        let items = self.batch * self.filters;
        Call::new(&GRAD_BIAS, &self.shape(), Extent::Items(items), items * height * width)
    }

    /// Returns the number of invocations, each of which computes a tile of one image.
    fn tiles(&self, channels: usize, height: usize, width: usize) -> usize {
        let tiles = self.groups * (channels / self.groups).div_ceil(CHANNELS);
        self.batch * tiles * height * width.div_ceil(PIXELS)
    }

    /// Returns the workgroups, whose invocations share output channels and compute one strip of a row each.
    fn strips(&self, channels: usize, height: usize, width: usize) -> [usize; 3] {
        let [x, y] = fold((self.batch * height * width.div_ceil(PIXELS)).div_ceil(SHARED));
        [x, y, self.groups * (channels / self.groups).div_ceil(SHARED)]
    }

    /// Whether the kernel reads three adjacent columns, which move by one from pixel to pixel.
    fn adjacent(&self) -> bool {
        self.kernel[1] == 3 && self.stride == 1 && self.dilation == 1
    }

    /// The variant with one invocation per item.
    fn plain(&self, kernel: &'static Kernel, items: usize) -> Call {
        Call::new(kernel, &self.shape(), Extent::Items(items), self.flops())
    }

    /// The variant for software adapters.
    fn shared(&self, kernel: &'static Kernel, groups: [usize; 3]) -> Call {
        Call::new(kernel, &self.shape(), workgroups(groups), self.flops()).with("ADJACENT", self.adjacent().into())
    }

    /// The GPU variant of a pass whose columns are pixels.
    fn pixels(&self, kernel: &'static Kernel, rows: usize, columns: usize) -> Call {
        let (elements, choice) = TILE;
        // Cost of a tile's products and of reading its columns: fewer rows mean more columns.
        let cost = |tile: &usize| (rows / self.groups).next_multiple_of(*tile) * (256 + 2560 / tile);
        let tile = choice.into_iter().min_by_key(cost).unwrap_or(choice[0]);
        self.tiled(kernel, [rows, columns], [tile, elements / tile], 1)
    }

    /// The GPU variant: a matrix product in tiles, with the channels of all groups as rows.
    fn tiled(&self, kernel: &'static Kernel, [rows, columns]: [usize; 2], tile: [usize; 2], parts: usize) -> Call {
        let [x, y] = fold(columns.div_ceil(tile[1]));
        let groups = [x, y * (rows / self.groups).div_ceil(tile[0]), self.groups * parts];
        self.compiled(kernel, workgroups(groups)).with("ROWS", tile[0] as u32)
    }

    /// Creates a call of a shader that is compiled for this geometry.
    fn compiled(&self, kernel: &'static Kernel, extent: Extent) -> Call {
        let shape = self.shape();
        let geometry = [
            ("WIDTH", shape.width),
            ("HEIGHT", shape.height),
            ("OUT_WIDTH", shape.out_width),
            ("OUT_HEIGHT", shape.out_height),
            ("WINDOW_WIDTH", shape.kernel_width),
            ("WINDOW_HEIGHT", shape.kernel_height),
            ("STRIDE", shape.stride),
            ("PADDING_HEIGHT", shape.padding_height),
            ("PADDING_WIDTH", shape.padding_width),
            ("DILATION", shape.dilation),
            ("RELU", shape.relu),
        ];
        let call = Call::new(kernel, &shape, extent, self.flops());
        geometry.into_iter().fold(call, |call, (name, value)| call.with(name, value))
    }

    /// Returns the floating-point operations of one pass.
    fn flops(&self) -> usize {
        let [height, width] = self.out().unwrap_or_default();
        (2 * self.batch * height * width).saturating_mul(self.weights())
    }

    fn shape(&self) -> Uniforms {
        let [out_height, out_width] = self.out().unwrap_or_default().map(|side| side as u32);
        let [kernel_height, kernel_width] = self.kernel.map(|side| side as u32);
        let [padding_height, padding_width] = self.padding.map(|side| side as u32);
        Uniforms {
            batch: self.batch as u32,
            channels: self.channels as u32,
            height: self.height as u32,
            width: self.width as u32,
            filters: self.filters as u32,
            out_height,
            out_width,
            kernel_height,
            kernel_width,
            stride: self.stride as u32,
            padding_height,
            padding_width,
            dilation: self.dilation as u32,
            groups: self.groups as u32,
            bias: self.bias.into(),
            relu: self.relu.into(),
            parts: self.parts() as u32,
        }
    }
}

fn workgroups(counts: [usize; 3]) -> Extent {
    Extent::Groups(counts.map(|count| count as u32))
}

/// Folds workgroups into two dimensions, neither above the limit that every device supports.
fn fold(count: usize) -> [usize; 2] {
    let rows = count.div_ceil((1 << 16) - 1).max(1);
    [count.div_ceil(rows), rows]
}

macro_rules! kernels {
    ($($name:ident $entry:literal $shader:ident $access:ident $twin:ident;)*) => {
        $(static $name: Kernel = Kernel {
            name: concat!("conv2d.", $entry),
            shader: $shader,
            access: $access,
            twin: twin::$twin,
        };)*
        /// The kernels of this family.
        pub const KERNELS: &[&Kernel] = &[$(&$name),*];
    };
}

const ALONE: &str = include_str!("../../shaders/conv2d.wgsl");
/// The source of the variant for software adapters, separate because not every GPU supports subgroups.
const BY_SUBGROUP: &str = concat!(include_str!("../../shaders/conv2d.wgsl"), "\n// #include \"conv2d_shared.wgsl\"\n");

const ONE: &[Access] = &[Access::Read, Access::Write];
const TWO: &[Access] = &[Access::Read, Access::Read, Access::Write];
const THREE: &[Access] = &[Access::Read, Access::Read, Access::Read, Access::Write];

kernels! {
    FORWARD "forward" ALONE THREE forward;
    GRAD_INPUT "grad_input" ALONE THREE grad_input;
    GRAD_WEIGHT "grad_weight" ALONE TWO grad_weight;
    SHARED_FORWARD "shared_forward" BY_SUBGROUP THREE forward;
    SHARED_GRAD_INPUT "shared_grad_input" BY_SUBGROUP THREE grad_input;
    SHARED_GRAD_WEIGHT "shared_grad_weight" BY_SUBGROUP TWO grad_weight;
    TILED_FORWARD "tiled_forward" ALONE THREE forward;
    TILED_GRAD_INPUT "tiled_grad_input" ALONE THREE grad_input;
    TILED_GRAD_WEIGHT "tiled_grad_weight" ALONE TWO grad_weight;
    THIN_FORWARD "thin_forward" ALONE THREE forward;
    THIN_GRAD_INPUT "thin_grad_input" ALONE THREE grad_input;
    THIN_GRAD_WEIGHT "thin_grad_weight" ALONE TWO grad_weight;
    GRAD_BIAS "grad_bias" ALONE ONE grad_bias;
}
