//! Folders of images: the input is a list of files with folder, name and content. They are opened, checked or refused.
//! Open data sets have valid labels, and every image can be read or is refused by name. Opening and checking agree.
#![no_main]

use graphpnas::data::{self, DataError, Dataset, OpenOptions, Values};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use libfuzzer_sys::fuzz_target;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const FOLDERS: [&str; 24] = [
    "",
    "a",
    "b",
    "train",
    "train/a",
    "train/b",
    "Train/a",
    "val/a",
    "val/b",
    "valid/a",
    "validation",
    "test",
    "test/a",
    "TEST/b",
    "dev/b",
    "extra",
    "train/a/images",
    "train/b/images",
    "val/images",
    "val/a/images",
    "train/n1",
    "val/n1",
    ".hidden",
    "__MACOSX/a",
];

const NAMES: [&str; 24] = [
    "0.png",
    "1.png",
    "2.jpg",
    "3.JPEG",
    "4.webp",
    "5.bmp",
    "6.gif",
    "7.tiff",
    "8.heic",
    "notes.txt",
    "9",
    "a\nb\u{1b}.png",
    "wnids.txt",
    "words.txt",
    "val_annotations.txt",
    "data_batch_1.bin",
    "test_batch.bin",
    "train.bin",
    "test.bin",
    "batches.meta.txt",
    "data_batch_1",
    "test_batch",
    "train",
    "meta",
];

/// Valid images, which the input modifies.
fn pictures() -> &'static [Vec<u8>] {
    static PICTURES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    PICTURES.get_or_init(|| {
        let image = RgbaImage::from_fn(9, 7, |x, y| Rgba([x as u8 * 20, y as u8 * 30, 99, 255 - x as u8]));
        let image = DynamicImage::from(image);
        let formats = [
            (ImageFormat::Png, image.clone()),
            (ImageFormat::Png, image.to_luma_alpha16().into()),
            (ImageFormat::Jpeg, image.to_rgb8().into()),
            (ImageFormat::WebP, image.clone()),
            (ImageFormat::Bmp, image.to_rgb8().into()),
            (ImageFormat::Gif, image.clone()),
            (ImageFormat::Tiff, image),
        ];
        let encoded = |(format, image): &(ImageFormat, DynamicImage)| {
            let mut bytes = Cursor::new(Vec::new());
            image.write_to(&mut bytes, *format).expect("a picture that can be written");
            bytes.into_inner()
        };
        formats.iter().map(encoded).collect()
    })
}

/// A photograph with an EXIF orientation.
fn turned(orientation: u8) -> Vec<u8> {
    const HEAD: &[u8] = b"\xff\xd8\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0";
    [HEAD, &[orientation, 0, 0, 0, 0, 0, 0], &pictures()[2][2..]].concat()
}

/// The remaining input.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Writes the next file; `None` at the end of the input.
    fn file(&mut self, root: &Path) -> Option<()> {
        let folder = root.join(FOLDERS[usize::from(self.byte()?) % FOLDERS.len()]);
        let name = self.name()?;
        let kind = self.byte()?;
        let path = folder.join(name);
        fs::create_dir_all(&folder).ok();
        // Writing to an existing named pipe would block.
        fs::remove_file(&path).ok();
        let good = pictures().get(usize::from(kind % 16));
        match (kind % 16, good) {
            // A valid image with some bytes changed, truncated if the last change is 255.
            (_, Some(picture)) => {
                let mut picture = picture.clone();
                for _ in 0..kind / 16 {
                    let (place, value) = (usize::from(self.byte()?) * 2, self.byte()?);
                    match picture.get_mut(place) {
                        Some(_) if value == 255 => picture.truncate(place),
                        Some(byte) => *byte ^= value,
                        None => {}
                    }
                }
                fs::write(path, picture).ok();
            }
            #[cfg(unix)]
            (7, _) => drop(std::os::unix::fs::symlink(root.join(NAMES[usize::from(kind / 16)]), path)),
            #[cfg(unix)]
            (8, _) => drop(std::os::unix::net::UnixListener::bind(path)),
            (9, _) => drop(fs::create_dir(path)),
            // A symbolic link to a folder; the first folder is the root, which gives cycles.
            #[cfg(unix)]
            (11, _) => drop(std::os::unix::fs::symlink(root.join(FOLDERS[usize::from(kind / 16)]), path)),
            #[cfg(target_os = "linux")]
            (12, _) => {
                use rustix::fs::{CWD, FileType, Mode, mknodat};
                let _ = mknodat(CWD, path, FileType::Fifo, Mode::RWXU, 0);
            }
            (13, _) => drop(fs::write(path, turned(kind / 16))),
            // Records of CIFAR-10 or CIFAR-100, possibly with an incomplete one.
            (14, _) => {
                let (value, count) = (self.byte()?, usize::from(kind / 16));
                fs::write(path, vec![value; count / 4 * (3073 + count % 2) + count % 4 / 2 * 99]).ok();
            }
            _ => {
                let count = usize::from(self.byte()?);
                fs::write(path, self.bytes(count)).ok();
            }
        }
        Some(())
    }

    fn name(&mut self) -> Option<PathBuf> {
        let kind = usize::from(self.byte()?);
        if let Some(name) = NAMES.get(kind) {
            return Some(name.into());
        }
        let bytes = self.bytes((kind - 20) % 6 + 1);
        #[cfg(unix)]
        let name: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(bytes);
        #[cfg(not(unix))]
        let name = String::from_utf8_lossy(bytes);
        let name = Path::new(&name).with_extension("png");
        // Only names inside the folder that the system accepts.
        let is_name = name.components().count() == 1 && name.file_name().is_some() && !bytes.contains(&0);
        Some(if is_name { name } else { "x.png".into() })
    }
}

fuzz_target!(|bytes: &[u8]| {
    let root = std::env::temp_dir().join(format!("graphpnas-fuzz-{}", std::process::id()));
    fs::remove_dir_all(&root).ok();
    fs::create_dir_all(&root).expect("a folder for temporary files");
    let mut input = Input(bytes);
    let how = input.byte().unwrap_or_default();
    for _ in 0..24 {
        if input.file(&root).is_none() {
            break;
        }
    }
    let options = OpenOptions {
        resize: (how % 4 > 0).then_some((usize::from(how % 4) * 3, 5)),
        max_bytes_in_memory: if how % 8 < 4 { 0 } else { 1 << 20 },
        max_image_bytes: 16 << 20,
        ..OpenOptions::default()
    };
    let told = |text: String| assert!(!text.contains(char::is_control), "{text:?}");
    let checked = data::check(&root, &options);
    match &checked {
        Err(error) => told(error.to_string()),
        Ok(checked) => {
            checked.bad.iter().for_each(|error| told(error.to_string()));
            checked.warnings.iter().for_each(|warning| told(warning.to_string()));
        }
    }
    match Dataset::open_with(&root, &options) {
        Err(error) => {
            told(error.to_string());
            // Checking does not know the target size, and it does not split data sets with too few images.
            let is_good = |checked: &data::Check| {
                checked.bad.is_empty() && !checked.is_one_part && (options.resize.is_some() || checked.sizes.len() == 1)
            };
            assert!(!checked.is_ok_and(|checked| is_good(&checked)), "checked, and yet not opened: {error}");
        }
        Ok(data) => {
            let mut all_read = true;
            let mut scratch = Vec::new();
            for (_, part) in data.parts() {
                assert!(part.labels().iter().all(|label| usize::from(*label) < data.classes().len()));
                for place in 0..part.len() {
                    let length = part.read(place, &mut scratch, |values| match values {
                        Values::Bytes(pixels) => pixels.len(),
                        Values::Floats(values) => values.len(),
                    });
                    all_read &= length.is_ok();
                    assert!(length.is_err() || length.is_ok_and(|length| length == part.shape().len()));
                }
            }
            assert_eq!(data.fingerprint().classes, data.classes());
            // Truncated photographs are read with a warning.
            let bad = checked.expect("what is opened can be checked").bad;
            assert!(!all_read || bad.iter().all(|error| matches!(error, DataError::CutOff { .. })), "{bad:?}");
        }
    }
    fs::remove_dir_all(&root).ok();
});
