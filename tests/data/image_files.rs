//! Decoding of image files: formats, orientation, transparency, sizes, and invalid files.

use super::make;
use graphpnas::data::{DataError, Dataset, OpenOptions, Warning, read_image};
use image::{DynamicImage, GrayAlphaImage, ImageFormat, LumaA, Rgb, RgbImage, Rgba, RgbaImage};
use std::io::Cursor;
use std::path::Path;

/// An image of 2 rows and 3 columns in six colours, which no rotation or reflection maps to itself.
fn six() -> RgbImage {
    RgbImage::from_fn(3, 2, |x, y| Rgb([40 * x as u8 + 20, 100 * y as u8 + 50, 200]))
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The colours of an image resized to `height` and `width`, row by row.
fn colours(path: &Path, height: usize, width: usize) -> Vec<[u8; 3]> {
    let planes = read_image(path, height, width).unwrap();
    let plane = height * width;
    (0..plane).map(|index| [planes[index], planes[plane + index], planes[2 * plane + index]]).collect()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The TIFF structure of EXIF data with only an orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut bytes = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    bytes.extend([orientation, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// A JPEG file with an orientation.
fn oriented_jpeg(image: &DynamicImage, orientation: u8) -> Vec<u8> {
    let plain = encoded(image, ImageFormat::Jpeg);
    let data = [b"Exif\0\0".to_vec(), exif(orientation)].concat();
    let length = (data.len() as u16 + 2).to_be_bytes();
    [&plain[..2], &[0xff, 0xe1], &length, &data, &plain[2..]].concat()
}

/// A chunk of a PNG file.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    [&(data.len() as u32).to_be_bytes()[..], kind, data, &crc.sum().to_be_bytes()].concat()
}

/// Builds a PNG file from width and height, bits, colour type, chunks before the pixels, and rows with filter bytes.
fn png(size: [u32; 2], bits: u8, kind: u8, before: &[u8], rows: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(rows).unwrap();
    let header = [&size[0].to_be_bytes()[..], &size[1].to_be_bytes(), &[bits, kind, 0, 0, 0]].concat();
    let start = b"\x89PNG\r\n\x1a\n";
    [&start[..], &chunk(b"IHDR", &header), before, &chunk(b"IDAT", &packed.finish().unwrap()), &chunk(b"IEND", &[])]
        .concat()
}

/// Maps row and column of the displayed image to those of the stored one.
type CoordinateMap = fn(usize, usize) -> (usize, usize);

#[test]
fn all_eight_exif_orientations() {
    let folder = tempfile::tempdir().unwrap();
    // Uniform squares of 16 pixels survive the compression of JPEG in blocks of 8.
    let large = RgbImage::from_fn(48, 32, |x, y| *six().get_pixel(x / 16, y / 16));
    let at = |row: usize, column: usize| six().get_pixel(column as u32, row as u32).0;
    // The stored pixel that is displayed at (row, column); EXIF 2.32, tag 274.
    let displayed: [CoordinateMap; 8] = [
        |r, c| (r, c),
        |r, c| (r, 2 - c),
        |r, c| (1 - r, 2 - c),
        |r, c| (1 - r, c),
        |r, c| (c, r),
        |r, c| (1 - c, r),
        |r, c| (1 - c, 2 - r),
        |r, c| (c, 2 - r),
    ];
    for (orientation, stored) in (1u8..).zip(displayed) {
        let (height, width) = if orientation > 4 { (3, 2) } else { (2, 3) };
        let expected: Vec<_> = (0..height).flat_map(|r| (0..width).map(move |c| (r, c))).collect();
        let expected: Vec<_> = expected.into_iter().map(|(r, c)| stored(r, c)).map(|(r, c)| at(r, c)).collect();
        let small = DynamicImage::from(six());
        let plain = encoded(&small, ImageFormat::Png);
        // After the signature and the header chunk, which have 33 bytes.
        let with_exif = [&plain[..33], &chunk(b"eXIf", &exif(orientation)), &plain[33..]].concat();
        let path = write(folder.path(), "turned.png", &with_exif);
        assert_eq!(colours(&path, height, width), expected, "PNG {orientation}");
        let path = write(folder.path(), "turned.jpg", &oriented_jpeg(&large.clone().into(), orientation));
        let found = colours(&path, 16 * height, 16 * width);
        for (index, expected) in expected.iter().enumerate() {
            let middle = found[(index / width * 16 + 8) * 16 * width + index % width * 16 + 8];
            let close = middle.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) < 12);
            assert!(close, "JPEG {orientation} at {index}: {middle:?} for {expected:?}");
        }
    }
}

#[test]
fn a_rotated_image_has_its_displayed_size() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..4u32 {
        let image = RgbImage::from_fn(24, 16, |x, y| Rgb([(x * 9) as u8, (y * 9) as u8, index as u8 * 30]));
        for class in ["a", "b"] {
            std::fs::create_dir_all(folder.path().join(class)).unwrap();
            let bytes = oriented_jpeg(&image.clone().into(), if class == "a" { 6 } else { 8 });
            write(&folder.path().join(class), &format!("{index}.jpg"), &bytes);
        }
    }
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.train.shape().to_string(), "3x24x16");
}

#[test]
fn transparency_is_blended_with_white() {
    let folder = tempfile::tempdir().unwrap();
    let image = RgbaImage::from_fn(3, 1, |x, _| Rgba([0, 100, 200, [0, 128, 255][x as usize]]));
    let expected = [[255, 255, 255], [127, 177, 227], [0, 100, 200]];
    for (name, format) in [("a.png", ImageFormat::Png), ("a.webp", ImageFormat::WebP), ("a.tiff", ImageFormat::Tiff)] {
        let path = write(folder.path(), name, &encoded(&image.clone().into(), format));
        assert_eq!(colours(&path, 1, 3), expected, "{name}");
    }
    let grey = GrayAlphaImage::from_fn(3, 1, |x, _| LumaA([10, [0, 128, 255][x as usize]]));
    let path = write(folder.path(), "grey.png", &encoded(&grey.into(), ImageFormat::Png));
    assert_eq!(colours(&path, 1, 3), [[255; 3], [132; 3], [10; 3]]);
    let wide =
        image::ImageBuffer::from_fn(3, 1, |x, _| Rgba([0u16, 100 * 257, 200 * 257, [0, 32896, 65535][x as usize]]));
    let path = write(folder.path(), "16.png", &encoded(&DynamicImage::ImageRgba16(wide), ImageFormat::Png));
    assert_eq!(colours(&path, 1, 3), expected);
    let wide = image::ImageBuffer::from_fn(3, 1, |x, _| LumaA([10u16 * 257, [0, 32896, 65535][x as usize]]));
    let path = write(folder.path(), "grey16.png", &encoded(&DynamicImage::ImageLumaA16(wide), ImageFormat::Png));
    assert_eq!(colours(&path, 1, 3), [[255; 3], [132; 3], [10; 3]]);
}

#[test]
fn palettes_and_single_transparent_colours() {
    let folder = tempfile::tempdir().unwrap();
    let palette = chunk(b"PLTE", &[9, 8, 7, 60, 50, 40, 0, 0, 0]);
    // Entry 0 is opaque, entry 1 half transparent, entry 2 fully transparent.
    let alpha = chunk(b"tRNS", &[255, 128, 0]);
    let path =
        write(folder.path(), "palette.png", &png([3, 1], 8, 3, &[palette.clone(), alpha].concat(), &[0, 0, 1, 2]));
    assert_eq!(colours(&path, 1, 3), [[9, 8, 7], [157, 152, 147], [255; 3]]);
    let path = write(folder.path(), "opaque.png", &png([3, 1], 8, 3, &palette, &[0, 0, 1, 2]));
    assert_eq!(colours(&path, 1, 3), [[9, 8, 7], [60, 50, 40], [0; 3]]);
    // One colour of the image is transparent.
    let path = write(
        folder.path(),
        "rgb.png",
        &png([2, 1], 8, 2, &chunk(b"tRNS", &[0, 1, 0, 2, 0, 3]), &[0, 1, 2, 3, 4, 5, 6]),
    );
    assert_eq!(colours(&path, 1, 2), [[255; 3], [4, 5, 6]]);
    let path = write(folder.path(), "grey.png", &png([2, 1], 8, 0, &chunk(b"tRNS", &[0, 7]), &[0, 7, 8]));
    assert_eq!(colours(&path, 1, 2), [[255; 3], [8; 3]]);
    // One bit per pixel.
    let path = write(folder.path(), "bits.png", &png([8, 1], 1, 0, &[], &[0, 0b1010_0000]));
    assert_eq!(colours(&path, 1, 8)[..4], [[255; 3], [0; 3], [255; 3], [0; 3]]);
}

#[test]
fn every_supported_format() {
    let folder = tempfile::tempdir().unwrap();
    let (image, expected): (DynamicImage, Vec<_>) = (six().into(), six().pixels().map(|pixel| pixel.0).collect());
    let kinds = [
        ("a.png", ImageFormat::Png),
        ("a.webp", ImageFormat::WebP),
        ("a.bmp", ImageFormat::Bmp),
        ("a.gif", ImageFormat::Gif),
        ("a.tif", ImageFormat::Tiff),
        ("misnamed.jpg", ImageFormat::Tiff),
    ];
    for (name, format) in kinds {
        let path = write(folder.path(), name, &encoded(&image, format));
        assert_eq!(colours(&path, 2, 3), expected, "{name}");
    }
    // Of an animation the first frame is read.
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut bytes);
    for colour in [[250, 0, 0, 255], [0, 0, 250, 255]] {
        encoder.encode_frame(image::Frame::new(RgbaImage::from_pixel(2, 2, Rgba(colour)))).unwrap();
    }
    drop(encoder);
    let path = write(folder.path(), "moving.gif", &bytes);
    assert_eq!(colours(&path, 2, 2), [[250, 0, 0]; 4]);
}

#[test]
fn a_data_set_of_all_formats() {
    let folder = tempfile::tempdir().unwrap();
    for class in ["a", "b"] {
        std::fs::create_dir(folder.path().join(class)).unwrap();
        for (index, extension) in ["png", "WEBP", "bmp", "gif", "tiff", "TIF", "jfif", "jpg"].iter().enumerate() {
            let index = index as u8 * 20 + class.as_bytes()[0];
            let image = RgbImage::from_fn(4, 4, |x, y| Rgb([index, x as u8 * 60, y as u8 * 60]));
            let format = ImageFormat::from_extension(extension.to_lowercase()).unwrap();
            write(&folder.path().join(class), &format!("{index}.{extension}"), &encoded(&image.into(), format));
        }
    }
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.train.len() + data.test.len(), &data.warnings[..]), (16, &[][..]));
}

#[test]
fn other_sizes_are_centre_cropped_and_scaled() {
    let folder = tempfile::tempdir().unwrap();
    // A red stripe at the left and a blue one at the right, outside of the centre square.
    let image = RgbImage::from_fn(40, 20, |x, _| {
        Rgb(if x < 10 {
            [200, 0, 0]
        } else if x < 30 {
            [0, 200, 0]
        } else {
            [0, 0, 200]
        })
    });
    let path = write(folder.path(), "wide.png", &encoded(&image.into(), ImageFormat::Png));
    assert_eq!(colours(&path, 10, 10), vec![[0, 200, 0]; 100]);
    assert_eq!(colours(&path, 10, 20)[0], [200, 0, 0]);
    assert_eq!(colours(&path, 10, 20)[19], [0, 0, 200]);
    assert_eq!(colours(&path, 5, 40).len(), 200);
    // The narrowest image to the widest target: no large intermediate image.
    let path = write(
        folder.path(),
        "line.png",
        &encoded(&RgbImage::from_pixel(1, 60_000, Rgb([1, 2, 3])).into(), ImageFormat::Png),
    );
    assert_eq!(colours(&path, 2, 4096), vec![[1, 2, 3]; 8192]);
    for (height, width) in [(0, 5), (5, 0), (4097, 5), (5, usize::MAX)] {
        assert!(matches!(read_image(&path, height, width), Err(DataError::Invalid(_))), "{height}x{width}");
    }
}

#[test]
fn too_large_images_are_refused_by_their_header() {
    let folder = tempfile::tempdir().unwrap();
    make::image(&folder.path().join("a/0.png"), 8, 8, [1, 2, 3]);
    make::image(&folder.path().join("a/1.png"), 8, 8, [3, 2, 1]);
    make::image(&folder.path().join("a/2.png"), 8, 8, [2, 3, 1]);
    // Small files that would decode to gigabytes of pixels.
    let gif = b"GIF89a\xff\xff\xff\xff\0\0\0\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0\x3b".to_vec();
    let bombs = [("a/9.png", png([60_000, 60_000], 8, 2, &[], &[0; 64])), ("a/9.gif", gif)];
    for (name, bytes) in bombs {
        let path = write(folder.path(), name, &bytes);
        let error = read_image(&path, 8, 8).unwrap_err();
        assert!(matches!(error, DataError::TooLarge { .. }), "{error}");
        assert!(error.to_string().contains("would need more than 512 MB when decoded"), "{error}");
        let options = OpenOptions { resize: Some((8, 8)), max_bytes_in_memory: 0, ..OpenOptions::default() };
        assert!(matches!(Dataset::open_with(folder.path(), &options), Err(DataError::TooLarge { .. })), "{name}");
        std::fs::remove_file(path).unwrap();
    }
    let options = OpenOptions { max_image_bytes: 191, ..OpenOptions::default() };
    let error = Dataset::open_with(folder.path(), &options).unwrap_err();
    assert!(matches!(error, DataError::TooLarge { height: 8, width: 8, most: 191, .. }), "{error:?}");
}

#[test]
fn cut_off_files() {
    let folder = tempfile::tempdir().unwrap();
    let image = RgbImage::from_fn(64, 64, |x, y| Rgb([(x * 3) as u8, (y * 3) as u8, (x * y) as u8]));
    for format in [ImageFormat::Png, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Tiff] {
        let bytes = encoded(&image.clone().into(), format);
        let path = write(folder.path(), "cut.png", &bytes[..bytes.len() / 2]);
        let error = read_image(&path, 64, 64).unwrap_err();
        assert!(matches!(error, DataError::Decode { .. }), "{format:?}: {error}");
    }
    for class in ["a", "b"] {
        for index in 0..3u8 {
            let image =
                RgbImage::from_fn(64, 64, |x, y| Rgb([(x * 3) as u8, (y * 3) as u8, index * 40 + class.as_bytes()[0]]));
            std::fs::create_dir_all(folder.path().join("set").join(class)).unwrap();
            write(
                &folder.path().join("set").join(class),
                &format!("{index}.jpg"),
                &encoded(&image.into(), ImageFormat::Jpeg),
            );
        }
    }
    let set = folder.path().join("set");
    assert_eq!(Dataset::open(&set).unwrap().warnings, []);
    // An embedded preview has its own end marker.
    let path = set.join("a/1.jpg");
    let complete = std::fs::read(&path).unwrap();
    let preview = [&[0xff, 0xe0, 0, 6][..], &[0xff, 0xd8, 0xff, 0xd9]].concat();
    let complete = [&complete[..2], &preview, &complete[2..]].concat();
    std::fs::write(&path, &complete).unwrap();
    assert_eq!(Dataset::open(&set).unwrap().warnings, []);
    std::fs::write(&path, &complete[..complete.len() - 100]).unwrap();
    match Dataset::open(&set) {
        Ok(data) => assert_eq!(data.warnings, [Warning::CutOff { count: 1, first: path }]),
        Err(error) => assert!(matches!(error, DataError::Decode { .. }), "{error}"),
    }
}

/// Decoder messages may contain line breaks and quote file content.
#[test]
fn errors_of_cut_off_files_are_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let image = DynamicImage::from(six());
    for format in
        [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::Tiff]
    {
        let bytes = encoded(&image, format);
        for end in 0..bytes.len() {
            let path = write(folder.path(), "cut.png", &bytes[..end]);
            if let Err(error) = read_image(&path, 2, 3) {
                let message = error.to_string();
                assert!(!message.contains(char::is_control), "{format:?}, {end} bytes: {message:?}");
            }
        }
    }
}

#[test]
fn images_of_one_colour_are_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    for class in ["a", "b"] {
        for index in 0..3u8 {
            let image = RgbImage::from_fn(4, 4, |x, y| Rgb([index * 9 + class.as_bytes()[0], x as u8, y as u8]));
            std::fs::create_dir_all(folder.path().join(class)).unwrap();
            image.save(folder.path().join(class).join(format!("{index}.png"))).unwrap();
        }
    }
    // Fully transparent, so white after blending.
    let path = folder.path().join("b/9.png");
    RgbaImage::from_fn(4, 4, |x, _| Rgba([x as u8, 0, 0, 0])).save(&path).unwrap();
    let warnings = Dataset::open(folder.path()).unwrap().warnings;
    assert_eq!(warnings, [Warning::Constant { count: 1, first: path }]);
    assert!(warnings[0].to_string().contains("b/9.png"), "{}", warnings[0]);
}
