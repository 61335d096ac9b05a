//! One image file to colour planes of a given size.

use super::error::DataError;
use super::images::ImageShape;
use crate::convert::to_u32;
use image::imageops::FilterType;
use image::{DynamicImage, ImageReader};
use std::path::Path;

/// What becomes of a file's own size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// Every file must have it.
    Exact { height: usize, width: usize },
    /// Every file is scaled to cover it and cut to it around the centre.
    Resize { height: usize, width: usize },
}

impl Size {
    /// Shape of the decoded image.
    pub(super) fn shape(self) -> ImageShape {
        let (Self::Exact { height, width } | Self::Resize { height, width }) = self;
        ImageShape::rgb(height, width)
    }
}

/// Opens a file by what is in it: the wild has PNG files under a JPEG name.
fn reader(path: &Path) -> Result<ImageReader<std::io::BufReader<std::fs::File>>, DataError> {
    let failed = |source| DataError::Read { path: path.into(), source };
    ImageReader::open(path).map_err(failed)?.with_guessed_format().map_err(failed)
}

fn refused(path: &Path) -> impl FnOnce(image::ImageError) -> DataError {
    move |error| DataError::Decode { path: path.into(), what: error.to_string() }
}

/// Height and width of a file, from its header alone.
pub(super) fn dimensions(path: &Path) -> Result<(usize, usize), DataError> {
    let (width, height) = reader(path)?.into_dimensions().map_err(refused(path))?;
    Ok((height as usize, width as usize))
}

/// Checks that a file has the size `size` demands, without decoding it.
pub(super) fn check_size(path: &Path, size: Size) -> Result<(), DataError> {
    match size {
        Size::Resize { .. } => Ok(()),
        Size::Exact { height, width } => same_size(path, dimensions(path)?, (height, width)),
    }
}

fn same_size(path: &Path, found: (usize, usize), expected: (usize, usize)) -> Result<(), DataError> {
    if found == expected {
        return Ok(());
    }
    let ((found_height, found_width), (height, width)) = (found, expected);
    Err(DataError::MixedSizes { path: path.into(), found_height, found_width, height, width })
}

/// Decodes a file into `planes` `[3, height, width]`; grey becomes colour, transparency is dropped.
pub(super) fn decode_into(path: &Path, size: Size, planes: &mut [u8]) -> Result<(), DataError> {
    let mut image = reader(path)?.decode().map_err(refused(path))?;
    match size {
        Size::Exact { height, width } => {
            same_size(path, (image.height() as usize, image.width() as usize), (height, width))?;
        }
        Size::Resize { height, width } => image = cover(image, to_u32(height), to_u32(width)),
    }
    let pixels = image.into_rgb8();
    let plane = size.shape().plane();
    for (place, pixel) in pixels.pixels().enumerate() {
        for (channel, value) in pixel.0.into_iter().enumerate() {
            planes[channel * plane + place] = value;
        }
    }
    Ok(())
}

fn cover(image: DynamicImage, height: u32, width: u32) -> DynamicImage {
    if (image.height(), image.width()) == (height, width) {
        return image;
    }
    image.resize_to_fill(width, height, FilterType::Triangle)
}

/// Reads one picture file and brings it to `height` and `width`; returns bytes `[3, height, width]`.
///
/// # Errors
/// A file that cannot be read or decoded.
pub fn read_picture(path: impl AsRef<Path>, height: usize, width: usize) -> Result<Vec<u8>, DataError> {
    let size = Size::Resize { height, width };
    let mut planes = vec![0; size.shape().len()];
    decode_into(path.as_ref(), size, &mut planes)?;
    Ok(planes)
}
