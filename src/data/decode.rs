//! One picture file to colour planes of a given size.
//!
//! The rule for other sizes: the largest part around the centre that has the wanted ratio of height to width is kept, in
//! whole pixels, and scaled with a triangle filter (bilinear, with antialiasing where it shrinks). In Pillow this is
//! `picture.crop(...)` and `resize((width, height), Image.BILINEAR)`.

use super::error::DataError;
use super::images::ImageShape;
use super::picture::{self, Extent, MOST_DECODED, Picture};
use image::imageops::{FilterType, crop_imm, resize};
use image::{GrayImage, RgbImage};
use std::path::Path;

/// More pixels each way than any network takes; a mistyped size should not fill the memory.
pub const MOST_PIXELS: usize = 4096;

/// What becomes of a file's own size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// Every file must have it.
    Exact { height: usize, width: usize },
    /// Every file is cut around the centre to its ratio of height to width and scaled.
    Resize { height: usize, width: usize },
}

/// How files become images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decoding {
    /// What becomes of a file's own size.
    pub size: Size,
    /// Bytes that a picture may take when it is decoded.
    pub most: u64,
}

/// What was seen while a file was decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Seen {
    /// It is a JPEG file without an end.
    pub cut_off: bool,
    /// All its pixels have one colour.
    pub constant: bool,
}

impl Size {
    /// Shape of the decoded image.
    pub(super) fn shape(self) -> ImageShape {
        let (Self::Exact { height, width } | Self::Resize { height, width }) = self;
        ImageShape::rgb(height, width)
    }
}

/// Reads one picture file as the images of a data set are read and brings it to `height` and `width`.
///
/// JPEG, PNG, WebP, BMP, GIF (the first frame) and TIFF files are read. The EXIF orientation is applied and transparency
/// is put on white. A picture of another size is cut around its centre to the ratio of height to width and scaled.
/// Returns bytes `[3, height, width]`: the red, green and blue planes.
///
/// # Errors
/// A size that is not 1 to 4096 pixels each way, a file that is not regular, cannot be read or decoded, or is too large.
pub fn read_picture(path: impl AsRef<Path>, height: usize, width: usize) -> Result<Vec<u8>, DataError> {
    check_size(height, width)?;
    let decoding = Decoding { size: Size::Resize { height, width }, most: MOST_DECODED };
    let mut planes = vec![0; decoding.size.shape().len()];
    match decode_into(path.as_ref(), decoding, &mut planes)?.cut_off {
        true => Err(DataError::CutOff { path: path.as_ref().into() }),
        false => Ok(planes),
    }
}

/// Refuses a size to resize to that no network takes.
pub(super) fn check_size(height: usize, width: usize) -> Result<(), DataError> {
    match [height, width].iter().all(|side| (1..=MOST_PIXELS).contains(side)) {
        true => Ok(()),
        false => Err(DataError::Invalid(format!(
            "{height}x{width} is no size to resize to: height and width are 1 to {MOST_PIXELS} pixels"
        ))),
    }
}

/// Decodes a file into `planes` `[3, height, width]`.
pub(super) fn decode_into(path: &Path, decoding: Decoding, planes: &mut [u8]) -> Result<Seen, DataError> {
    let Decoding { size, most } = decoding;
    let Picture { colours, cut_off, room: _room } = picture::decode(path, most, |found| kept(path, found, size))?;
    let ImageShape { height, width, .. } = size.shape();
    let colours = scaled(colours, height, width);
    let plane = height * width;
    for (place, pixel) in colours.pixels().enumerate() {
        for (channel, value) in pixel.0.into_iter().enumerate() {
            if let Some(room) = planes.get_mut(channel * plane + place) {
                *room = value;
            }
        }
    }
    let constant = plane > 1 && planes.chunks_exact(plane).all(|plane| plane.iter().all(|value| *value == plane[0]));
    Ok(Seen { cut_off, constant })
}

/// Left, top, width and height of what is kept of a picture.
fn kept(path: &Path, found: Extent, size: Size) -> Result<[u32; 4], DataError> {
    let kept = match size {
        Size::Exact { height, width } if (found.height, found.width) == (height, width) => [0, 0, width, height],
        Size::Exact { height, width } => {
            let (found_height, found_width) = (found.height, found.width);
            return Err(DataError::MixedSizes { path: path.into(), found_height, found_width, height, width });
        }
        Size::Resize { height, width } => centre(found, height, width),
    };
    picture::narrow(path, found, kept)
}

/// The largest part around the centre with the ratio of `height` to `width`: left, top, width, height.
fn centre(found: Extent, height: usize, width: usize) -> [usize; 4] {
    let Extent { height: rows, width: columns } = found;
    // Side for side below 2^32 by below 2^13.
    let rounded = |length: usize, part: usize, of: usize| (length.saturating_mul(part) + of / 2) / of.max(1);
    let kept_columns = rounded(rows, width, height).clamp(1, columns.max(1));
    let kept_rows = rounded(columns, height, width).clamp(1, rows.max(1));
    [(columns - kept_columns) / 2, (rows - kept_rows) / 2, kept_columns, kept_rows]
}

/// One channel `[height, width]` of an image in memory, cut around the centre and scaled to `to`.
pub(super) fn scale_plane(plane: &[u8], from: ImageShape, to: ImageShape) -> Vec<u8> {
    let sides = [from.width, from.height, to.width, to.height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    let [left, top, columns, rows] = centre(Extent { height: from.height, width: from.width }, to.height, to.width)
        .map(|length| u32::try_from(length).unwrap_or(u32::MAX));
    let Some(image) = GrayImage::from_raw(sides[0], sides[1], plane.to_vec()) else { return plane.to_vec() };
    let kept = crop_imm(&image, left, top, columns, rows).to_image();
    resize(&kept, sides[2], sides[3], FilterType::Triangle).into_raw()
}

fn scaled(colours: RgbImage, height: usize, width: usize) -> RgbImage {
    match (u32::try_from(height), u32::try_from(width)) {
        (Ok(height), Ok(width)) if colours.dimensions() != (width, height) => {
            resize(&colours, width, height, FilterType::Triangle)
        }
        _ => colours,
    }
}

#[cfg(test)]
mod tests {
    use super::{Extent, centre};

    #[test]
    fn the_centre_has_the_wanted_ratio() {
        let of = |height, width, to: (usize, usize)| centre(Extent { height, width }, to.0, to.1);
        assert_eq!(of(40, 30, (32, 32)), [0, 5, 30, 30]);
        assert_eq!(of(30, 41, (32, 32)), [5, 0, 30, 30]);
        assert_eq!(of(48, 64, (24, 32)), [0, 0, 64, 48]);
        assert_eq!(of(100, 100, (24, 32)), [0, 12, 100, 75]);
        // The narrowest picture there is, to the widest image.
        assert_eq!(of(1_000_000, 1, (1, 4096)), [0, 499_999, 1, 1]);
    }
}
