//! Convolutions of images, NCHW with OIHW weights (`shaders/conv2d.wgsl`).
//!
//! NCHW because rows of an image are copied whole into the twin's long rows (`conv2d/layout.rs`), and because the golden
//! tensors are.

mod layout;
mod tile;
mod twin;

use super::call::{Access, Call, Extent, Kernel};
use bytemuck::{Pod, Zeroable};

/// Output pixels of an invocation.
const PIXELS: usize = 8;
/// Output channels of an invocation; with fewer, as in depthwise convolutions, the other variants would be idle.
const CHANNELS: usize = 4;
/// Output channels that the invocations of a workgroup share on software adapters, and how many invocations there are.
const SHARED: usize = 8;
/// Numbers that a workgroup computes on GPUs, and rows of them to choose from.
const TILE: (usize, [usize; 3]) = (4096, [16, 32, 64]);
/// Workgroups that keep a GPU busy; with fewer than these, smaller tiles are better than those that read least.
const BUSY: usize = 256;

/// The sizes of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2d {
    /// Images.
    pub batch: usize,
    /// Input channels, a multiple of `groups`.
    pub channels: usize,
    /// Rows of the input.
    pub height: usize,
    /// Columns of the input.
    pub width: usize,
    /// Output channels, a multiple of `groups`.
    pub filters: usize,
    /// Rows and columns of the window.
    pub kernel: [usize; 2],
    /// Stride, in pixels, for both axes.
    pub stride: usize,
    /// Zeros around the image, on every side.
    pub padding: usize,
    /// Pixels from one place of the window to the next.
    pub dilation: usize,
    /// Groups of a grouped convolution.
    pub groups: usize,
    /// Whether a number per filter is added.
    pub bias: bool,
    /// Whether the input is read through max(x, 0).
    pub relu: bool,
}

/// The parameters as the shaders read them.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Shape {
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
    pub padding: u32,
    pub dilation: u32,
    pub groups: u32,
    pub bias: u32,
    pub relu: u32,
    /// Runs of images that are summed each for itself.
    pub parts: u32,
}

impl Conv2d {
    /// One group, stride and dilation 1, no padding, no bias, no ReLU.
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
            padding: 0,
            dilation: 1,
            groups: 1,
            bias,
            relu,
        }
    }

    /// Rows and columns of the result, or `None` where the sizes do not fit together.
    #[must_use]
    pub fn out(&self) -> Option<[usize; 2]> {
        let counts = [self.batch, self.channels, self.filters, self.stride, self.dilation, self.groups];
        let sound = !counts.contains(&0) && !self.kernel.contains(&0);
        if !sound || !self.channels.is_multiple_of(self.groups) || !self.filters.is_multiple_of(self.groups) {
            return None;
        }
        let side = |len: usize, kernel: usize| {
            (len + 2 * self.padding).checked_sub(self.dilation * (kernel - 1) + 1).map(|rest| rest / self.stride + 1)
        };
        Some([side(self.height, self.kernel[0])?, side(self.width, self.kernel[1])?])
    }

    /// Numbers of the weights.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.filters * (self.channels / self.groups.max(1)) * self.kernel[0] * self.kernel[1]
    }

    /// Runs of images whose weight gradients are summed apart: enough for many invocations, few for large weights.
    #[must_use]
    pub fn parts(&self) -> usize {
        ((1 << 20) / self.weights().max(1)).clamp(2, 16).min(self.batch)
    }

    /// Operands: x, weights, bias (any tensor where there is none), y.
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

    /// Operands: gradient of y, weights, x (read for the ReLU only), gradient of x.
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

    /// Operands: x, gradient of y, gradients of the weights, [`Conv2d::parts`] of them.
    #[must_use]
    pub fn grad_weight(&self) -> Call {
        let (filters, places) = (self.filters / self.groups, self.weights() / self.filters);
        if filters < CHANNELS {
            let plain = self.plain(&GRAD_WEIGHT, self.parts() * self.groups * filters.div_ceil(CHANNELS) * places);
            let [x, y] = fold(self.weights());
            return self.compiled(&THIN_GRAD_WEIGHT, workgroups([x, y, self.parts()])).for_software(plain);
        }
        let across = (places / if self.adjacent() { 3 } else { 1 }).div_ceil(SHARED);
        let groups = [across, filters.div_ceil(SHARED), self.parts() * self.groups];
        let shared = self.shared(&SHARED_GRAD_WEIGHT, groups);
        let workgroups = filters.div_ceil(32) * places.div_ceil(32) * self.parts() * self.groups;
        let side = if filters.min(places) > 16 && workgroups >= BUSY { 32 } else { 16 };
        self.tiled(&TILED_GRAD_WEIGHT, [self.filters, places], [side, side], self.parts()).for_software(shared)
    }

    /// Operands: gradient of y, gradients of the bias, `batch` of them.
    #[must_use]
    pub fn grad_bias(&self) -> Call {
        let [height, width] = self.out().unwrap_or_default();
        let items = self.batch * self.filters;
        Call::new(&GRAD_BIAS, &self.shape(), Extent::Items(items), items * height * width)
    }

    /// Invocations that each compute a tile of one image.
    fn tiles(&self, channels: usize, height: usize, width: usize) -> usize {
        let tiles = self.groups * (channels / self.groups).div_ceil(CHANNELS);
        self.batch * tiles * height * width.div_ceil(PIXELS)
    }

    /// Workgroups whose invocations share output channels and have a strip of a row each.
    fn strips(&self, channels: usize, height: usize, width: usize) -> [usize; 3] {
        let [x, y] = fold((self.batch * height * width.div_ceil(PIXELS)).div_ceil(SHARED));
        [x, y, self.groups * (channels / self.groups).div_ceil(SHARED)]
    }

    /// Whether the window's columns are three neighbours, and so are those of the next pixel.
    fn adjacent(&self) -> bool {
        self.kernel[1] == 3 && self.stride == 1 && self.dilation == 1
    }

    /// One invocation an item.
    fn plain(&self, kernel: &'static Kernel, items: usize) -> Call {
        Call::new(kernel, &self.shape(), Extent::Items(items), self.flops())
    }

    /// The variant for software adapters.
    fn shared(&self, kernel: &'static Kernel, groups: [usize; 3]) -> Call {
        Call::new(kernel, &self.shape(), workgroups(groups), self.flops()).with("ADJACENT", self.adjacent().into())
    }

    /// The variant for GPUs of a pass whose columns are pixels.
    fn pixels(&self, kernel: &'static Kernel, rows: usize, columns: usize) -> Call {
        let (numbers, choice) = TILE;
        // Products of a tile, and what reading its columns takes beside them: the fewer rows, the more columns there are.
        let cost = |tile: &usize| (rows / self.groups).next_multiple_of(*tile) * (256 + 2560 / tile);
        let tile = choice.into_iter().min_by_key(cost).unwrap_or(choice[0]);
        self.tiled(kernel, [rows, columns], [tile, numbers / tile], 1)
    }

    /// The variant for GPUs: a matrix product with rows of channels of all groups, in tiles.
    fn tiled(&self, kernel: &'static Kernel, [rows, columns]: [usize; 2], tile: [usize; 2], parts: usize) -> Call {
        let [x, y] = fold(columns.div_ceil(tile[1]));
        let groups = [x, y * (rows / self.groups).div_ceil(tile[0]), self.groups * parts];
        self.compiled(kernel, workgroups(groups)).with("ROWS", tile[0] as u32)
    }

    /// A call of a shader that is compiled for this geometry.
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
            ("PADDING", shape.padding),
            ("DILATION", shape.dilation),
            ("RELU", shape.relu),
        ];
        let call = Call::new(kernel, &shape, extent, self.flops());
        geometry.into_iter().fold(call, |call, (name, value)| call.with(name, value))
    }

    /// Operations of one pass.
    fn flops(&self) -> usize {
        let [height, width] = self.out().unwrap_or_default();
        (2 * self.batch * height * width).saturating_mul(self.weights())
    }

    fn shape(&self) -> Shape {
        let [out_height, out_width] = self.out().unwrap_or_default().map(|side| side as u32);
        let [kernel_height, kernel_width] = self.kernel.map(|side| side as u32);
        Shape {
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
            padding: self.padding as u32,
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

/// Workgroups in two dimensions, neither over what every device can.
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
/// The text of the variant for software adapters, apart because not every GPU knows subgroups.
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
