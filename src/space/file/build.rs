//! Adds the operations of a space file to a network.

use super::block::{Block, Change, Convolution, Kind, Step};
use crate::convert::{to_integer, to_usize};
use crate::network::{Builder, Filter, NetworkError, Operation, Shape};

/// The width and stride that a place in the network asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub(super) channels: usize,
    pub(super) stride: usize,
}

type Added = Result<usize, NetworkError>;

/// Adds a block that reads `x` and returns its last node, which is `x` itself for an unchanged skip. Its own width and
/// stride take precedence.
pub(super) fn add_block(builder: &mut Builder, name: &str, x: usize, block: &Block, wanted: Wanted) -> Added {
    let channels = block.channels.map_or(wanted.channels, |width| width.of(wanted.channels));
    let stride = block.stride.unwrap_or(wanted.stride);
    let filter = |kernel| Filter { channels, kernel, stride };
    match &block.kind {
        // A head is added by `add_head`, which knows the classes; an edge of the kind zero is absent.
        Kind::Zero | Kind::Head { .. } => Err(NetworkError::NoNetwork(name.to_owned())),
        Kind::External => Err(NetworkError::External(name.to_owned())),
        Kind::Skip(change) => skip(builder, name, x, *change, filter(1)),
        Kind::Conv { convolution, groups, bias } => {
            let Convolution { kernel, dilation, order, act } = *convolution;
            let kernel = builder.window(kernel);
            let operation = Operation::Conv2d {
                filters: channels,
                kernel,
                stride,
                padding: padding(kernel, dilation),
                dilation,
                groups: *groups,
                bias: *bias,
            };
            ordered(builder, name, x, (order, act), |builder, name, x| builder.add(name, operation, &[x]))
        }
        Kind::Sep { convolution, times } => {
            let Convolution { kernel, dilation, order, act } = *convolution;
            let mut x = x;
            for index in 0..*times {
                let name = if *times > 1 { format!("{name}.{index}") } else { name.to_owned() };
                let last = index + 1 == *times;
                let filter = Filter {
                    channels: if last { channels } else { builder.channels(x) },
                    kernel,
                    stride: if index == 0 { stride } else { 1 },
                };
                x = ordered(builder, &name, x, (order, act), |builder, _, x| {
                    builder.depthwise_pointwise(&name, x, filter, dilation)
                })?;
            }
            Ok(x)
        }
        Kind::Depthwise(Convolution { kernel, dilation, order, act }) => {
            let groups = builder.channels(x);
            let operation = depthwise(groups, builder.window(*kernel), stride, *dilation);
            let x = ordered(builder, name, x, (order, *act), |builder, name, x| builder.add(name, operation, &[x]))?;
            widened(builder, name, x, channels)
        }
        Kind::MbConv { kernel, expand, se, act } => {
            mbconv(builder, name, x, MbConv { expand: *expand, se: *se, act: *act, filter: filter(*kernel) })
        }
        Kind::Pool { max, kernel } => {
            let size = builder.window(*kernel);
            let padding = padding(size, 1);
            let operation = match max {
                true => Operation::MaxPool { size, stride, padding },
                false => Operation::AvgPool { size, stride, padding, count_padding: false },
            };
            let x = builder.add(name, operation, &[x])?;
            widened(builder, name, x, channels)
        }
        kind if kind.keeps_shape() && (stride > 1 || channels != builder.channels(x)) => {
            Err(NetworkError::KeepsShape(name.to_owned()))
        }
        Kind::Factorised if stride != 2 => Err(NetworkError::Halves { node: name.to_owned(), stride }),
        Kind::Norm { layer, act } => {
            let x = if *layer { builder.layer_norm(name, x)? } else { builder.batch_norm(name, x)? };
            activated(builder, name, x, *act)
        }
        Kind::Act(act) => builder.add(name, *act, &[x]),
        Kind::Factorised => builder.factorised_reduction(name, x, channels),
        Kind::Transformer(block) => block.add(builder, name, x, channels, stride),
        Kind::Position => builder.add(name, Operation::PositionEmbedding, &[x]),
        Kind::ResBlock => residual(builder, name, x, filter(3)),
        Kind::Seq(blocks) => sequence(builder, name, x, blocks, Wanted { channels, stride }),
        Kind::Sum { terms, act } => {
            let mut results = Vec::new();
            for (part, block) in terms {
                results.push(add_block(builder, &format!("{name}.{part}"), x, block, Wanted { channels, stride })?);
            }
            let x = builder.sum(&format!("{name}.add"), &results)?;
            activated(builder, name, x, *act)
        }
    }
}

/// Adds global average pooling and the linear layers.
pub(super) fn add_head(
    builder: &mut Builder,
    x: usize,
    classes: usize,
    dropout: f32,
    (hidden, act): (usize, Operation),
) -> Added {
    if hidden == 0 {
        return builder.classifier(x, classes, dropout);
    }
    let x = builder.add("pool", Operation::GlobalAveragePool, &[x])?;
    let x = builder.add("hidden", Operation::Linear { outputs: hidden }, &[x])?;
    let mut x = activated(builder, "hidden", x, Some(act))?;
    if dropout > 0.0 {
        x = builder.add("dropout", Operation::Dropout { rate: dropout }, &[x])?;
    }
    builder.add("fc", Operation::Linear { outputs: classes }, &[x])
}

/// Padding that preserves the image size at stride 1 for odd kernels; even kernels have none.
fn padding(kernel: [usize; 2], dilation: usize) -> [usize; 2] {
    kernel.map(|side| if side % 2 == 1 { dilation * (side / 2) } else { 0 })
}

fn depthwise(channels: usize, kernel: [usize; 2], stride: usize, dilation: usize) -> Operation {
    let padding = padding(kernel, dilation);
    Operation::Conv2d { filters: channels, kernel, stride, padding, dilation, groups: channels, bias: false }
}

/// Adds activation, convolution and normalisation in an order; a convolution alone has the bare name.
fn ordered(
    builder: &mut Builder,
    name: &str,
    mut x: usize,
    (order, act): (&[Step], Operation),
    convolution: impl Fn(&mut Builder, String, usize) -> Added,
) -> Added {
    for step in order {
        x = match step {
            Step::Activation => activated(builder, name, x, Some(act))?,
            Step::Convolution if order.len() == 1 => convolution(builder, name.to_owned(), x)?,
            Step::Convolution => convolution(builder, format!("{name}.conv"), x)?,
            Step::Normalisation => builder.batch_norm(&format!("{name}.bn"), x)?,
        };
    }
    Ok(x)
}

/// Changes the width by a 1x1 convolution with batch normalisation, if it differs.
fn widened(builder: &mut Builder, name: &str, x: usize, channels: usize) -> Added {
    if builder.channels(x) == channels {
        Ok(x)
    } else {
        builder.conv_bn(&format!("{name}.width"), x, Filter::new(channels, 1))
    }
}

fn skip(builder: &mut Builder, name: &str, x: usize, change: Change, filter: Filter) -> Added {
    if filter.stride == 1 && builder.channels(x) == filter.channels {
        return Ok(x);
    }
    match change {
        Change::ConvBn => builder.conv_bn(name, x, filter),
        // The factorised reduction halves the image.
        Change::ActFactorised if filter.stride == 2 => builder.relu_factorised_reduction(name, x, filter.channels),
        Change::ActFactorised => builder.relu_conv_bn(name, x, filter),
        Change::Refuse => Err(NetworkError::Skip(name.to_owned())),
    }
}

/// The settings of an inverted residual block.
struct MbConv {
    expand: usize,
    se: Option<f32>,
    act: Operation,
    filter: Filter,
}

/// An inverted residual block (MobileNetV2, V3): 1x1 expansion, depthwise convolution, squeeze-and-excitation, 1x1
/// projection, and the input if the shapes agree.
fn mbconv(builder: &mut Builder, name: &str, input: usize, block: MbConv) -> Added {
    let MbConv { expand, se, act, filter } = block;
    let wide = builder.channels(input).saturating_mul(expand);
    let mut x = input;
    if expand > 1 {
        let name = format!("{name}.expand");
        x = builder.conv_bn(&name, x, Filter::new(wide, 1))?;
        x = activated(builder, &name, x, Some(act))?;
    }
    let depthwise_name = format!("{name}.depthwise");
    let operation = depthwise(wide, builder.window(filter.kernel), filter.stride, 1);
    x = builder.add(format!("{depthwise_name}.conv"), operation, &[x])?;
    x = builder.batch_norm(&format!("{depthwise_name}.bn"), x)?;
    x = activated(builder, &depthwise_name, x, Some(act))?;
    if let Some(ratio) = se {
        let squeezed = (builder.channels(input) as f32 * ratio).ceil().max(1.0);
        x = excited(builder, &format!("{name}.se"), x, to_usize(to_integer(f64::from(squeezed))), act)?;
    }
    x = builder.conv_bn(&format!("{name}.project"), x, Filter::new(filter.channels, 1))?;
    match builder.shape(x) == builder.shape(input) {
        true => builder.sum(&format!("{name}.add"), &[input, x]),
        false => Ok(x),
    }
}

/// Squeeze-and-excitation: every channel is multiplied by a factor from the means of all channels.
fn excited(builder: &mut Builder, name: &str, x: usize, squeezed: usize, act: Operation) -> Added {
    let channels = builder.channels(x);
    let means = builder.add(format!("{name}.pool"), Operation::GlobalAveragePool, &[x])?;
    let reduced = builder.add(format!("{name}.reduce"), Operation::Linear { outputs: squeezed }, &[means])?;
    let reduced = activated(builder, &format!("{name}.reduce"), reduced, Some(act))?;
    let expanded = builder.add(format!("{name}.expand"), Operation::Linear { outputs: channels }, &[reduced])?;
    let factors = builder.add(format!("{name}.sigmoid"), Operation::Sigmoid, &[expanded])?;
    builder.add(format!("{name}.scale"), Operation::ScaleChannels, &[x, factors])
}

/// Adds an activation, if there is one.
fn activated(builder: &mut Builder, name: &str, x: usize, act: Option<Operation>) -> Added {
    match act {
        Some(act) => builder.add(format!("{name}.{}", act.name()), act, &[x]),
        None => Ok(x),
    }
}

/// The residual block of NAS-Bench-201: two convolutions and a shortcut, with average pooling if it halves the image.
fn residual(builder: &mut Builder, name: &str, x: usize, filter: Filter) -> Added {
    let a = builder.relu_conv_bn(&format!("{name}.a"), x, filter)?;
    let b = builder.relu_conv_bn(&format!("{name}.b"), a, Filter::new(filter.channels, 3))?;
    let mut shortcut = x;
    if filter.stride > 1 {
        let stride = filter.stride;
        let means = Operation::AvgPool { size: builder.window(stride), stride, padding: [0; 2], count_padding: true };
        shortcut = builder.add(format!("{name}.pool"), means, &[x])?;
    }
    if filter.stride > 1 || builder.channels(shortcut) != filter.channels {
        shortcut = builder.add(format!("{name}.down"), Operation::conv(filter.channels, 1, 1), &[shortcut])?;
    }
    builder.sum(&format!("{name}.add"), &[b, shortcut])
}

/// Adds blocks in a row: the stride goes to the first that can have one, the width to all that can have one.
fn sequence(builder: &mut Builder, name: &str, mut x: usize, blocks: &[(String, Block)], wanted: Wanted) -> Added {
    let mut stride = wanted.stride;
    for (part, block) in blocks {
        let own = match block.kind.keeps_shape() {
            true => Wanted { channels: builder.channels(x), stride: 1 },
            false => Wanted { channels: wanted.channels, stride: std::mem::replace(&mut stride, 1) },
        };
        x = add_block(builder, &format!("{name}.{part}"), x, block, own)?;
    }
    Ok(x)
}

/// The image height and width of a node; zeros for a vector.
pub(super) fn side(builder: &Builder, node: usize) -> [usize; 2] {
    match builder.shape(node) {
        Shape::Image([_, height, width]) => [height, width],
        Shape::Vector(_) => [0, 0],
    }
}
