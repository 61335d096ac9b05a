//! Files in unsupported formats: the error names the format and the remedy.

use super::make;
use flate2::Compression;
use flate2::write::GzEncoder;
use graphpnas::data::Dataset;
use graphpnas::formats::{FileFormat, detect};
use std::io::Write;
use std::path::Path;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar(files: &[&str]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for name in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(3);
        header.set_cksum();
        archive.append_data(&mut header, name, &b"abc"[..]).unwrap();
    }
    archive.into_inner().unwrap()
}

/// The start of a zip file with this entry.
fn zip(name: &str) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04".to_vec();
    bytes.resize(26, 0);
    bytes.extend((name.len() as u16).to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(name.as_bytes());
    bytes
}

const LFS: &[u8] = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
const IDX: &[u8] = &[0, 0, 8, 3, 0, 0, 0xea, 0x60, 0, 0, 0, 28, 0, 0, 0, 28, 0, 0];

fn samples() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let pixels = |names: bool| {
        let head: Vec<_> =
            (0..784).map(|number| if names { format!("pixel{number}") } else { (number % 256).to_string() }).collect();
        format!("{},{}\n", if names { "label" } else { "5" }, head.join(",")).into_bytes()
    };
    vec![
        (
            "train.parquet",
            b"PAR1\x15\x04".to_vec(),
            "a Parquet file, as used by Hugging Face data sets; save its images as PNG",
        ),
        ("x.arrow", b"ARROW1\0\0".to_vec(), "an Arrow file"),
        ("x.npz", zip("x_train.npy"), "a file of NumPy arrays (.npz); save its images as PNG"),
        ("x.npy", b"\x93NUMPY\x01\0".to_vec(), "a NumPy array (.npy)"),
        ("x.zip", zip("train/cat/1.png"), "an archive; unpack it and give its content"),
        ("x.tar", tar(&["train/cat/1.png", "train/cat/2.png"]), "an archive; unpack it"),
        ("x.tar.gz", gzip(&tar(&["a/1.png"])), "an archive; unpack it"),
        (
            "shard-000.tar",
            tar(&["0001.jpg", "0001.cls", "0002.jpg", "0002.cls"]),
            "a WebDataset archive; unpack it and sort",
        ),
        ("x.csv.gz", gzip(b"a,b\n1,2\n"), "a compressed file; decompress it"),
        ("train-images-idx3-ubyte", IDX.to_vec(), "an IDX file, as used by MNIST; save its images as PNG"),
        ("train-images-idx3-ubyte.gz", gzip(IDX), "a compressed IDX file, as used by MNIST"),
        ("model.pt", zip("archive/data.pkl"), "a PyTorch file (.pt, .pth, .ckpt)"),
        ("old.pth", b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.".to_vec(), "a PyTorch file"),
        (
            "data_batch_1",
            b"\x80\x02}q\x01(U\x0bbatch_label".to_vec(),
            "one file of the Python version of CIFAR; give the folder",
        ),
        ("x.pkl", b"\x80\x04\x95\x00".to_vec(), "a Python pickle"),
        ("1.png", LFS.to_vec(), "a Git LFS pointer, not the file itself; run `git lfs pull`"),
        ("x.h5", b"\x89HDF\r\n\x1a\n".to_vec(), "an HDF5 file"),
        ("x.mat", b"MATLAB 5.0 MAT-file".to_vec(), "a MATLAB file"),
        ("x.csv", pixels(true), "a text file with one column per pixel; save its images as PNG"),
        ("y.csv", pixels(false), "a text file with one column per pixel"),
        (
            "cifar-10-binary.tar.gz",
            b"<!DOCTYPE html>\n<html><body>404".to_vec(),
            "a web page, probably from a failed download; download",
        ),
        (
            "net.safetensors",
            [&30_u64.to_le_bytes()[..], b"{\"a\":{}}"].concat(),
            "a safetensors file of weights; give a folder of images",
        ),
    ]
}

fn refusal(path: &Path) -> String {
    let message = Dataset::open(path).unwrap_err().to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

#[test]
fn the_error_for_a_file_instead_of_a_folder_names_the_format() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, expected) in samples() {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let message = refusal(&path);
        assert!(message.contains(&format!("{} is {expected}", path.display())), "{message}");
    }
    let image = folder.path().join("cat.jpg");
    make::image(&image, 8, 8, [1, 2, 3]);
    assert!(refusal(&image).contains("is a single image; give a folder with one folder of images per class"));
}

#[test]
fn the_error_for_a_folder_of_such_files_names_one_of_them() {
    for (name, bytes, expected) in samples().into_iter().filter(|(name, ..)| !["data_batch_1", "1.png"].contains(name))
    {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("data")).unwrap();
        std::fs::write(folder.path().join("README.md"), "# Read me").unwrap();
        let path = folder.path().join("data").join(name);
        std::fs::write(&path, bytes).unwrap();
        let message = refusal(folder.path());
        assert!(message.contains(&format!("{} is {expected}", path.display())), "{message}");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("dataset_info.json"), "{}").unwrap();
    assert!(refusal(folder.path()).contains("dataset_info.json is part of a Hugging Face data set; save its images"));
    let empty = tempfile::tempdir().unwrap();
    assert!(refusal(empty.path()).contains("has no supported layout"));
}

#[test]
fn the_error_for_a_git_lfs_pointer_among_images_names_it() {
    let folder = tempfile::tempdir().unwrap();
    for class in ["a", "b"] {
        (0..3).for_each(|index| make::image(&folder.path().join(format!("{class}/{index}.png")), 8, 8, [index, 1, 2]));
    }
    std::fs::write(folder.path().join("b/1.png"), LFS).unwrap();
    let message = refusal(folder.path());
    assert!(message.contains("b/1.png is a Git LFS pointer, not the file itself; run `git lfs pull`"), "{message}");
}

/// Files that the program uses itself are not detected as unsupported formats.
#[test]
fn files_of_the_program_are_not_detected_as_unsupported() {
    let folder = tempfile::tempdir().unwrap();
    let text = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        detect(&path)
    };
    assert_eq!(text("table.csv", "arch,cifar10_valid_acc\n|nor_conv_3x3~0|,80.1\n"), None);
    assert_eq!(text("run.toml", "space = \"nasbench201\"\n"), None);
    assert_eq!(text("empty", ""), None);
    assert_eq!(detect(folder.path()), None);
    assert_eq!(detect(Path::new("/nowhere/at/all")), None);
    assert_eq!(detect(Path::new("/dev/null")), Some(FileFormat::NotRegular));
}

#[test]
fn a_file_of_unknown_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "some words\n").unwrap();
    let message = Dataset::open(&file).unwrap_err().to_string();
    assert!(
        message.contains("notes.txt is a file, not a data set folder; give the folder that holds the images"),
        "{message}"
    );
}
