//! One picture file as people see it: turned by its EXIF orientation, and on white where it is transparent.

use super::error::DataError;
use super::room::Room;
use crate::formats;
use crate::shown;
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, ImageDecoder, ImageFormat, ImageReader, Limits, Pixel, RgbImage, Rgba};
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

/// Endings of the files that are read, in lower case. What is in a file decides how it is decoded, not its ending.
pub const ENDINGS: [&str; 9] = ["jpg", "jpeg", "jfif", "png", "webp", "bmp", "gif", "tif", "tiff"];

/// Bytes that a picture may take when it is decoded, unless less is asked for.
pub(super) const MOST_DECODED: u64 = 512 << 20;

/// Bytes that a file may have.
const MOST_STORED: u64 = 512 << 20;

/// Bytes of a JPEG file in which its size and orientation usually are.
const HEAD: u64 = 256 << 10;

/// What a file's header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Extent {
    /// Rows of pixels, as people see the picture.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
}

/// A decoded picture.
pub(super) struct Picture {
    /// Its colours, 8 bits each.
    pub colours: RgbImage,
    /// Whether it is a JPEG file without an end, whose lower part the decoder made up.
    pub cut_off: bool,
    /// Memory for all that, given back with it.
    pub room: Room,
}

/// Opens a regular file of no more bytes than make sense, and tells how many.
fn open(path: &Path) -> Result<(File, u64), DataError> {
    let failed = |source| DataError::Read { path: path.into(), source };
    // Opening a pipe would wait for somebody who writes into it.
    let about = std::fs::metadata(path).map_err(failed)?;
    if !about.is_file() {
        return Err(DataError::NotRegular { path: path.into() });
    }
    if about.len() > MOST_STORED {
        return Err(refused(path, format!("it has {} bytes, and at most {MOST_STORED} are read", about.len())));
    }
    Ok((File::open(path).map_err(failed)?, about.len()))
}

fn refused(path: &Path, what: impl ToString) -> DataError {
    // A file of another program under a picture's name, such as a pointer of Git LFS, is told by what it is.
    match formats::of_file(path) {
        Some(kind) if kind != formats::Kind::Picture => DataError::Foreign { path: path.into(), kind },
        // Decoders quote what is in a file, and end some sentences with a line break.
        _ => DataError::Decode {
            path: path.into(),
            what: shown::line(&what.to_string().split_whitespace().collect::<Vec<_>>().join(" ")),
        },
    }
}

/// The whole of a regular text or binary file of a data set, such as a list of names.
///
/// # Errors
/// A file that cannot be read, is not regular or has more bytes than make sense.
pub(super) fn whole(path: &Path) -> Result<Vec<u8>, DataError> {
    let (file, length) = open(path)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    // No more than it had, even where it grows meanwhile.
    let read = file.take(MOST_STORED).read_to_end(&mut bytes);
    read.map_err(|source| DataError::Read { path: path.into(), source })?;
    Ok(bytes)
}

/// The whole of a regular text file.
///
/// # Errors
/// As [`whole`], and bytes that are not UTF-8.
pub(super) fn text(path: &Path) -> Result<String, DataError> {
    let invalid = |error| DataError::Read { path: path.into(), source: std::io::Error::other(error) };
    String::from_utf8(whole(path)?).map_err(invalid)
}

/// A decoder by what is in a file: the wild has PNG files under a JPEG name.
fn decoder<'a, R: BufRead + Seek + 'a>(
    input: R,
    path: &Path,
    most: u64,
) -> Result<(impl ImageDecoder + 'a, Extent, Orientation), DataError> {
    let mut reader = ImageReader::new(input);
    ImageFormat::from_path(path).into_iter().for_each(|format| reader.set_format(format));
    let mut limits = Limits::default();
    limits.max_alloc = Some(most);
    reader.limits(limits.clone());
    let reader = reader.with_guessed_format().map_err(|source| DataError::Read { path: path.into(), source })?;
    let mut decoder = reader.into_decoder().map_err(|error| refused(path, error))?;
    let (width, height) = decoder.dimensions();
    let (height, width) = (height as usize, width as usize);
    if decoder.total_bytes() > most || height == 0 || width == 0 {
        return Err(DataError::TooLarge { path: path.into(), height, width, most });
    }
    // Metadata that cannot be read say nothing about the pixels.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    limits.reserve(decoder.total_bytes()).and_then(|()| decoder.set_limits(limits)).map_err(|e| refused(path, e))?;
    let extent = if turns(orientation) { Extent { height: width, width: height } } else { Extent { height, width } };
    Ok((decoder, extent, orientation))
}

/// True where height and width change places.
fn turns(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// Height and width of a file as people see it, from its header alone; refused where it would decode to over `most` bytes.
pub(super) fn extent(path: &Path, most: u64) -> Result<Extent, DataError> {
    header(path, most).map(|(extent, _)| extent)
}

/// The same with what [`needed`] says.
fn header(path: &Path, most: u64) -> Result<(Extent, u64), DataError> {
    let failed = |source| DataError::Read { path: path.into(), source };
    let (mut file, length) = open(path)?;
    let mut head = Vec::new();
    (&mut file).take(HEAD).read_to_end(&mut head).map_err(failed)?;
    // The decoder of JPEG files reads them to the end before it looks at anything.
    let is_jpeg = image::guess_format(&head).is_ok_and(|format| format == ImageFormat::Jpeg);
    if is_jpeg || length <= HEAD {
        let known = decoder(Cursor::new(&head[..]), path, most)
            .map(|(decoder, extent, _)| (extent, needed(length, decoder.total_bytes())));
        if known.is_ok() || length <= HEAD {
            return known;
        }
    }
    file.rewind().map_err(failed)?;
    let known = decoder(BufReader::new(file), path, most)?;
    Ok((known.1, needed(length, known.0.total_bytes())))
}

/// Bytes that a file takes while it is decoded: itself, the decoded picture, a turned copy of it, and its colours.
fn needed(length: u64, decoded: u64) -> u64 {
    decoded.saturating_mul(3).saturating_add(length)
}

/// Left, top, width and height of a part of a picture in the numbers that decoders use.
pub(super) fn narrow(path: &Path, found: Extent, part: [usize; 4]) -> Result<[u32; 4], DataError> {
    let Extent { height, width } = found;
    let too_large = || DataError::TooLarge { path: path.into(), height, width, most: u32::MAX.into() };
    let mut narrow = [0; 4];
    for (to, from) in narrow.iter_mut().zip(part) {
        *to = u32::try_from(from).map_err(|_| too_large())?;
    }
    Ok(narrow)
}

/// The pixels of a file, cut by `crop` (left, top, width, height) to what is wanted of it.
pub(super) fn decode(
    path: &Path,
    most: u64,
    crop: impl FnOnce(Extent) -> Result<[u32; 4], DataError>,
) -> Result<Picture, DataError> {
    // A small file is read once, and waits for memory when its header is known; a large one waits before it is read.
    let is_large = std::fs::metadata(path).is_ok_and(|about| about.len() > HEAD);
    let room = if is_large { Some(Room::take(header(path, most)?.1)) } else { None };
    let bytes = whole(path)?;
    let (decoder, extent, orientation) = decoder(Cursor::new(&bytes[..]), path, most)?;
    let room = room.unwrap_or_else(|| Room::take(needed(bytes.len() as u64, decoder.total_bytes())));
    let [left, top, width, height] = crop(extent)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| refused(path, error))?;
    image.apply_orientation(orientation);
    if (width as usize, height as usize) != (extent.width, extent.height) {
        image = image.crop_imm(left, top, width, height);
    }
    Ok(Picture { colours: on_white(image), cut_off: is_cut_off(&bytes), room })
}

/// The colours of a picture, on white where it is transparent; grey becomes colour.
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

/// A channel's value, which the formulas keep within a byte.
fn to_u8(value: u64) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

/// One channel of a colour that covers white by `alpha` of `full`.
fn over_white(value: u64, alpha: u64, full: u64) -> u64 {
    (value * alpha + full * (full - alpha) + full / 2) / full
}

fn blend<P: Pixel>(image: &ImageBuffer<P, Vec<P::Subpixel>>, colour: impl Fn(P) -> [u8; 3]) -> RgbImage {
    let mut colours = RgbImage::new(image.width(), image.height());
    for (to, from) in colours.pixels_mut().zip(image.pixels()) {
        to.0 = colour(*from);
    }
    colours
}

/// True of a JPEG file that ends before its end marker. Its first scan is looked for, because previews before it have end
/// markers of their own.
fn is_cut_off(bytes: &[u8]) -> bool {
    const END: [u8; 2] = [0xff, 0xd9];
    if !bytes.starts_with(&[0xff, 0xd8]) || bytes.ends_with(&END) {
        return false;
    }
    let mut place = 2;
    loop {
        match bytes.get(place..place + 4) {
            Some([0xff, 0xda, ..]) => {
                let scans = bytes.get(place..).unwrap_or_default();
                return !scans.windows(2).any(|pair| pair == END);
            }
            // A marker may be preceded by fill bytes.
            Some([0xff, 0xff, ..]) => place += 1,
            Some([0xff, _, high, low]) => place += 2 + usize::from(u16::from_be_bytes([*high, *low])),
            // What the decoder made sense of and this does not.
            Some(_) => return false,
            None => return true,
        }
    }
}
