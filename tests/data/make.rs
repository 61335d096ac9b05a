//! Small data sets on disk and in memory.

use graphpnas::data::{ImageShape, Images, Source};
use std::path::Path;
use std::sync::Arc;

/// CIFAR-10 records with `labels`; image `i` starts with the four bytes of `first + i`.
pub fn records(labels: &[u8], first: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, label) in labels.iter().enumerate() {
        bytes.push(*label);
        bytes.extend_from_slice(&(first + index as u32).to_le_bytes());
        bytes.resize(bytes.len() + 3068, *label);
    }
    bytes
}

/// A CIFAR-10 folder of 30 training images in two files and 10 test images.
pub fn cifar10(folder: &Path) {
    let labels: Vec<u8> = (0..20).map(|index| index % 10).collect();
    std::fs::write(folder.join("data_batch_1.bin"), records(&labels, 0)).unwrap();
    std::fs::write(folder.join("data_batch_2.bin"), records(&labels[..10], 100)).unwrap();
    std::fs::write(folder.join("test_batch.bin"), records(&labels[..10], 1000)).unwrap();
}

/// An image file of a single colour; its extension decides between PNG and JPEG.
pub fn image(path: &Path, height: u32, width: u32, colour: [u8; 3]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    image::RgbImage::from_pixel(width, height, image::Rgb(colour)).save(path).unwrap();
}

/// An image file of several colours with the constant red channel `shade`, for lossless formats.
pub fn varied_image(path: &Path, height: u32, width: u32, shade: u8) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let pixel = |x, y| image::Rgb([shade, (x * 20) as u8, (y * 20) as u8]);
    image::RgbImage::from_fn(width, height, pixel).save(path).unwrap();
}

/// `count` images of `shape` in two classes, in which neighbouring pixels differ.
pub fn images(count: usize, shape: ImageShape) -> Arc<Source> {
    let pixels = (0..count * shape.len()).map(|index| (index * 7 + index / shape.len()) as u8).collect();
    let labels = (0..count).map(|index| (index % 2) as u16).collect();
    let classes = ["even", "odd"].map(String::from).into();
    Arc::new(Source::Memory(Images::new(pixels, labels, classes, shape).unwrap()))
}
