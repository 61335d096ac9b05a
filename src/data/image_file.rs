//! Decodes an image file as viewers show it: with the EXIF orientation applied, and transparency blended with white.

use super::decode_memory::Reservation;
use super::error::DataError;
use crate::formats;
use crate::shown;
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageFormat, ImageReader, Limits, Pixel, RgbImage, Rgba};
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

/// Extensions of the supported files, in lower case. The format is detected from the content, not from the extension.
pub const EXTENSIONS: [&str; 9] = ["jpg", "jpeg", "jfif", "png", "webp", "bmp", "gif", "tif", "tiff"];

/// Default limit on the bytes of a decoded image.
pub(super) const MAX_DECODED_BYTES: u64 = 512 << 20;

/// Limit on the bytes of a file.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// Bytes at the start of a JPEG file that usually contain its size and orientation.
const HEAD: u64 = 256 << 10;

/// The size of an image after applying its orientation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Extent {
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
}

/// A decoded image.
pub(super) struct DecodedImage {
    /// The pixels, 8 bits per channel.
    pub pixels: RgbImage,
    /// Whether it is a JPEG file without an end marker, whose lower part the decoder filled in.
    pub cut_off: bool,
    /// The reserved memory, released on drop.
    pub reservation: Reservation,
}

/// Opens a regular file of at most [`MAX_FILE_BYTES`] and returns it with its length.
fn open(path: &Path) -> Result<(File, u64), DataError> {
    let failed = |source| DataError::Read { path: path.into(), source };
    // Checked before opening, because opening a pipe waits for a writer.
    let about = std::fs::metadata(path).map_err(failed)?;
    if !about.is_file() {
        return Err(DataError::NotRegular { path: path.into() });
    }
    if about.len() > MAX_FILE_BYTES {
        return Err(refused(path, format!("it has {} bytes, more than the limit of {MAX_FILE_BYTES}", about.len())));
    }
    Ok((File::open(path).map_err(failed)?, about.len()))
}

fn refused(path: &Path, what: impl ToString) -> DataError {
    // An unsupported format under an image name, such as a Git LFS pointer, gets an error that names the format.
    match formats::detect(path) {
        Some(kind) if kind != formats::FileFormat::Image => DataError::UnsupportedFormat { path: path.into(), kind },
        // Decoder messages may quote file content and contain line breaks.
        _ => DataError::Decode {
            path: path.into(),
            what: shown::line(&what.to_string().split_whitespace().collect::<Vec<_>>().join(" ")),
        },
    }
}

/// Reads a regular file of a data set.
///
/// # Errors
/// A file that cannot be read, is not regular or is larger than [`MAX_FILE_BYTES`].
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, DataError> {
    let (file, length) = open(path)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    // Limited in case the file grows meanwhile.
    let read = file.take(MAX_FILE_BYTES).read_to_end(&mut bytes);
    read.map_err(|source| DataError::Read { path: path.into(), source })?;
    Ok(bytes)
}

/// Reads a regular text file.
///
/// # Errors
/// As [`read_file`], and bytes that are not UTF-8.
pub(super) fn read_text(path: &Path) -> Result<String, DataError> {
    let invalid = |error| DataError::Read { path: path.into(), source: std::io::Error::other(error) };
    String::from_utf8(read_file(path)?).map_err(invalid)
}

/// Creates a decoder for the format of the content, because PNG files with a JPEG name are common.
fn decoder<'a, R: BufRead + Seek + 'a>(
    input: R,
    path: &Path,
    max_bytes: u64,
) -> Result<(impl ImageDecoder + 'a, Extent, Orientation), DataError> {
    let mut reader = ImageReader::new(input);
    ImageFormat::from_path(path).into_iter().for_each(|format| reader.set_format(format));
    let mut limits = Limits::default();
    limits.max_alloc = Some(max_bytes);
    reader.limits(limits.clone());
    let reader = reader.with_guessed_format().map_err(|source| DataError::Read { path: path.into(), source })?;
    let mut decoder = reader.into_decoder().map_err(|error| refused(path, error))?;
    let (width, height) = decoder.dimensions();
    let (height, width) = (height as usize, width as usize);
    if decoder.total_bytes() > max_bytes || height == 0 || width == 0 {
        return Err(DataError::TooLarge { path: path.into(), height, width, most: max_bytes });
    }
    // Unreadable metadata do not affect the pixels.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    limits.reserve(decoder.total_bytes()).and_then(|()| decoder.set_limits(limits)).map_err(|e| refused(path, e))?;
    let extent =
        if swaps_axes(orientation) { Extent { height: width, width: height } } else { Extent { height, width } };
    Ok((decoder, extent, orientation))
}

/// Whether the orientation swaps height and width.
fn swaps_axes(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// Reads the size of an image from its header; refuses one that would decode to more than `max_bytes` bytes.
pub(super) fn extent(path: &Path, max_bytes: u64) -> Result<Extent, DataError> {
    header(path, max_bytes).map(|(extent, _)| extent)
}

/// Reads the size of an image and the memory needed to decode it ([`decode_bytes`]).
fn header(path: &Path, max_bytes: u64) -> Result<(Extent, u64), DataError> {
    let failed = |source| DataError::Read { path: path.into(), source };
    let (mut file, length) = open(path)?;
    let mut head = Vec::new();
    (&mut file).take(HEAD).read_to_end(&mut head).map_err(failed)?;
    // The JPEG decoder reads the complete input before it parses the header.
    let is_jpeg = image::guess_format(&head).is_ok_and(|format| format == ImageFormat::Jpeg);
    if is_jpeg || length <= HEAD {
        let known = decoder(Cursor::new(&head[..]), path, max_bytes)
            .map(|(decoder, extent, _)| (extent, decode_bytes(length, decoder.total_bytes())));
        if known.is_ok() || length <= HEAD {
            return known;
        }
    }
    file.rewind().map_err(failed)?;
    let known = decoder(BufReader::new(file), path, max_bytes)?;
    Ok((known.1, decode_bytes(length, known.0.total_bytes())))
}

/// Memory for decoding in bytes: the file, the decoded image, its rotated copy, and the RGB image.
fn decode_bytes(length: u64, decoded: u64) -> u64 {
    decoded.saturating_mul(3).saturating_add(length)
}

/// Converts a rectangle (left, top, width, height) to the integer type of the decoders.
pub(super) fn narrow(path: &Path, found: Extent, rectangle: [usize; 4]) -> Result<[u32; 4], DataError> {
    let Extent { height, width } = found;
    let too_large = || DataError::TooLarge { path: path.into(), height, width, most: u32::MAX.into() };
    let mut narrow = [0; 4];
    for (to, from) in narrow.iter_mut().zip(rectangle) {
        *to = u32::try_from(from).map_err(|_| too_large())?;
    }
    Ok(narrow)
}

/// Decodes a file and crops it to the rectangle (left, top, width, height) that `crop` returns.
pub(super) fn decode(
    path: &Path,
    max_bytes: u64,
    crop: impl FnOnce(Extent) -> Result<[u32; 4], DataError>,
) -> Result<DecodedImage, DataError> {
    // A small file is read once and reserves memory after its header is parsed; a large file reserves it before
    // reading.
    let is_large = std::fs::metadata(path).is_ok_and(|about| about.len() > HEAD);
    let reservation = if is_large { Some(Reservation::wait(header(path, max_bytes)?.1)) } else { None };
    let bytes = read_file(path)?;
    let (decoder, extent, orientation) = decoder(Cursor::new(&bytes[..]), path, max_bytes)?;
    let reservation =
        reservation.unwrap_or_else(|| Reservation::wait(decode_bytes(bytes.len() as u64, decoder.total_bytes())));
    let [left, top, width, height] = crop(extent)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| refused(path, error))?;
    image.apply_orientation(orientation);
    if (width as usize, height as usize) != (extent.width, extent.height) {
        image = image.crop_imm(left, top, width, height);
    }
    Ok(DecodedImage { pixels: on_white(image), cut_off: is_cut_off(&bytes), reservation })
}

/// Converts an image to RGB, blended with white where it is transparent.
fn on_white(image: DynamicImage) -> RgbImage {
    match image {
        image if !image.color().has_alpha() => image.into_rgb8(),
        DynamicImage::ImageLumaA8(_) | DynamicImage::ImageRgba8(_) => {
            let image = image.into_rgba8();
            blend(&image, |Rgba([r, g, b, a])| [r, g, b].map(|value| to_u8(over_white(value.into(), a.into(), 255))))
        }
        image => {
            let image = image.into_rgba16();
            let narrow = |value: u64| to_u8((value + 128) / 257);
            blend(&image, |Rgba([r, g, b, a])| [r, g, b].map(|value| narrow(over_white(value.into(), a.into(), 65535))))
        }
    }
}

/// Converts a channel value, which is at most 255 by construction.
fn to_u8(value: u64) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

/// Blends one channel value with white; `alpha` and the value range from 0 to `full`.
fn over_white(value: u64, alpha: u64, full: u64) -> u64 {
    (value * alpha + full * (full - alpha) + full / 2) / full
}

fn blend<P: Pixel>(image: &ImageBuffer<P, Vec<P::Subpixel>>, colour: impl Fn(P) -> [u8; 3]) -> RgbImage {
    let mut blended = RgbImage::new(image.width(), image.height());
    for (to, from) in blended.pixels_mut().zip(image.pixels()) {
        to.0 = colour(*from);
    }
    blended
}

/// Whether the file is a JPEG without an end marker after its first scan. Embedded previews before the scan have end
/// markers of their own.
fn is_cut_off(bytes: &[u8]) -> bool {
    const END: [u8; 2] = [0xff, 0xd9];
    if !bytes.starts_with(&[0xff, 0xd8]) || bytes.ends_with(&END) {
        return false;
    }
    let mut position = 2;
    loop {
        match bytes.get(position..position + 4) {
            Some([0xff, 0xda, ..]) => {
                let scans = bytes.get(position..).unwrap_or_default();
                return !scans.windows(2).any(|pair| pair == END);
            }
            // A marker may be preceded by fill bytes.
            Some([0xff, 0xff, ..]) => position += 1,
            Some([0xff, _, high, low]) => position += 2 + usize::from(u16::from_be_bytes([*high, *low])),
            // Not a marker, but the decoder accepted the file.
            Some(_) => return false,
            None => return true,
        }
    }
}
