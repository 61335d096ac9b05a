//! Decodes an image file to RGB planes of a given size.
//!
//! Resizing crops the largest centred rectangle with the target aspect ratio, rounded to pixels, and scales it with a
//! triangle filter (bilinear, with antialiasing when shrinking). In Pillow this is `image.crop(...)` and
//! `resize((width, height), Image.BILINEAR)`.

use super::error::DataError;
use super::image_file::{self, DecodedImage, Extent, MAX_DECODED_BYTES};
use super::shape::ImageShape;
use image::imageops::{FilterType, crop_imm, resize};
use image::{GrayImage, RgbImage};
use std::path::Path;

/// Largest height and width to resize to, so that a mistyped size does not exhaust the memory.
pub const MAX_SIDE: usize = 4096;

/// The size of decoded images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// Every file must have this size.
    Exact { height: usize, width: usize },
    /// Every file is cropped around the centre to this aspect ratio and scaled.
    Resize { height: usize, width: usize },
}

/// How files are decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decoding {
    /// The size of decoded images.
    pub size: Size,
    /// Limit on the bytes of a decoded file, before resizing.
    pub max_bytes: u64,
}

/// Problems found while decoding a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct DecodeFlags {
    /// It is a JPEG file without an end marker.
    pub cut_off: bool,
    /// All pixels have the same colour.
    pub constant: bool,
}

impl Size {
    /// The shape of the decoded image.
    pub(super) fn shape(self) -> ImageShape {
        let (Self::Exact { height, width } | Self::Resize { height, width }) = self;
        ImageShape::rgb(height, width)
    }
}

/// Decodes one image file like the images of a data set, resized to `height` and `width`.
///
/// JPEG, PNG, WebP, BMP, GIF (the first frame) and TIFF files are supported. The EXIF orientation is applied, and
/// transparent pixels are blended with white. An image of another size is cropped around the centre to the target
/// aspect ratio and scaled. Returns bytes `[3, height, width]`.
///
/// # Errors
/// A height or width that is not 1 to 4096 pixels; a file that is not regular, cannot be read or decoded, or is too
/// large.
pub fn read_image(path: impl AsRef<Path>, height: usize, width: usize) -> Result<Vec<u8>, DataError> {
    check_size(height, width)?;
    let decoding = Decoding { size: Size::Resize { height, width }, max_bytes: MAX_DECODED_BYTES };
    let mut planes = vec![0; decoding.size.shape().len()];
    match decode_into(path.as_ref(), decoding, &mut planes)?.cut_off {
        true => Err(DataError::CutOff { path: path.as_ref().into() }),
        false => Ok(planes),
    }
}

/// Refuses a target size out of range.
pub(super) fn check_size(height: usize, width: usize) -> Result<(), DataError> {
    match [height, width].iter().all(|side| (1..=MAX_SIDE).contains(side)) {
        true => Ok(()),
        false => Err(DataError::Invalid(format!(
            "cannot resize to {height}x{width}: height and width must be 1 to {MAX_SIDE} pixels"
        ))),
    }
}

/// Decodes a file to `planes` `[3, height, width]`.
pub(super) fn decode_into(path: &Path, decoding: Decoding, planes: &mut [u8]) -> Result<DecodeFlags, DataError> {
    let Decoding { size, max_bytes } = decoding;
    let DecodedImage { pixels, cut_off, reservation: _reservation } =
        image_file::decode(path, max_bytes, |found| crop(path, found, size))?;
    let ImageShape { height, width, .. } = size.shape();
    let pixels = scaled(pixels, height, width);
    let plane = height * width;
    for (index, pixel) in pixels.pixels().enumerate() {
        for (channel, value) in pixel.0.into_iter().enumerate() {
            if let Some(out) = planes.get_mut(channel * plane + index) {
                *out = value;
            }
        }
    }
    let constant = plane > 1 && planes.chunks_exact(plane).all(|plane| plane.iter().all(|value| *value == plane[0]));
    Ok(DecodeFlags { cut_off, constant })
}

/// Left, top, width and height of the crop.
fn crop(path: &Path, found: Extent, size: Size) -> Result<[u32; 4], DataError> {
    let rectangle = match size {
        Size::Exact { height, width } if (found.height, found.width) == (height, width) => [0, 0, width, height],
        Size::Exact { height, width } => {
            let (found_height, found_width) = (found.height, found.width);
            return Err(DataError::MixedSizes { path: path.into(), found_height, found_width, height, width });
        }
        Size::Resize { height, width } => centre_crop(found, height, width),
    };
    image_file::narrow(path, found, rectangle)
}

/// The largest centred rectangle with the aspect ratio of `height` to `width`: left, top, width, height.
fn centre_crop(found: Extent, height: usize, width: usize) -> [usize; 4] {
    let Extent { height: rows, width: columns } = found;
    // No overflow: the lengths are below 2^32, the factors below 2^13.
    let rounded =
        |length: usize, factor: usize, divisor: usize| (length.saturating_mul(factor) + divisor / 2) / divisor.max(1);
    let crop_columns = rounded(rows, width, height).clamp(1, columns.max(1));
    let crop_rows = rounded(columns, height, width).clamp(1, rows.max(1));
    [(columns - crop_columns) / 2, (rows - crop_rows) / 2, crop_columns, crop_rows]
}

/// Crops one channel `[height, width]` of an image around the centre and scales it to `to`.
pub(super) fn scale_plane(plane: &[u8], from: ImageShape, to: ImageShape) -> Vec<u8> {
    let sides = [from.width, from.height, to.width, to.height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    let [left, top, columns, rows] =
        centre_crop(Extent { height: from.height, width: from.width }, to.height, to.width)
            .map(|length| u32::try_from(length).unwrap_or(u32::MAX));
    let Some(image) = GrayImage::from_raw(sides[0], sides[1], plane.to_vec()) else { return plane.to_vec() };
    let cropped = crop_imm(&image, left, top, columns, rows).to_image();
    resize(&cropped, sides[2], sides[3], FilterType::Triangle).into_raw()
}

fn scaled(image: RgbImage, height: usize, width: usize) -> RgbImage {
    match (u32::try_from(height), u32::try_from(width)) {
        (Ok(height), Ok(width)) if image.dimensions() != (width, height) => {
            resize(&image, width, height, FilterType::Triangle)
        }
        _ => image,
    }
}

#[cfg(test)]
mod tests {
    use super::{Extent, centre_crop};

    #[test]
    fn centre_crop_has_the_target_aspect_ratio() {
        let crop = |height, width, to: (usize, usize)| centre_crop(Extent { height, width }, to.0, to.1);
        assert_eq!(crop(40, 30, (32, 32)), [0, 5, 30, 30]);
        assert_eq!(crop(30, 41, (32, 32)), [5, 0, 30, 30]);
        assert_eq!(crop(48, 64, (24, 32)), [0, 0, 64, 48]);
        assert_eq!(crop(100, 100, (24, 32)), [0, 12, 100, 75]);
        // A one-pixel-wide image to the widest target.
        assert_eq!(crop(1_000_000, 1, (1, 4096)), [0, 499_999, 1, 1]);
    }
}
