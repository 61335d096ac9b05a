//! The detected file formats with their names and remedies.

use std::path::Path;

/// What the file is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A data set of images.
    Data,
    /// A benchmark table.
    Table,
    /// A checkpoint of a trained network.
    Checkpoint,
}

/// A detected file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// A Parquet file.
    Parquet,
    /// An Arrow file.
    Arrow,
    /// A NumPy array.
    Npy,
    /// NumPy arrays in a zip file.
    Npz,
    /// An HDF5 file.
    Hdf5,
    /// A MATLAB file.
    Matlab,
    /// A zip, tar, tar.gz, 7z or rar archive.
    Archive,
    /// A tar archive for the library `WebDataset`.
    WebDataset,
    /// A compressed file that is not an archive.
    Compressed,
    /// An IDX file, as used by MNIST.
    Idx,
    /// A compressed IDX file.
    IdxGzip,
    /// One file of the Python version of CIFAR.
    CifarPickle,
    /// A Python pickle.
    Pickle,
    /// A file written by `torch.save`.
    Torch,
    /// A safetensors file.
    Safetensors,
    /// A Git LFS pointer.
    LfsPointer,
    /// A single image.
    Image,
    /// A PDF document.
    Document,
    /// A text file with one column per pixel.
    PixelTable,
    /// A web page, probably from a failed download.
    Html,
    /// An SQLite database.
    Sqlite,
    /// A folder of the Hugging Face library `datasets`.
    HuggingFace,
    /// A pipe, a device or a socket.
    NotRegular,
}

impl FileFormat {
    /// The name of the format, with its article.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Parquet => "a Parquet file, as used by Hugging Face data sets",
            Self::Arrow => "an Arrow file, as used by the library `datasets`",
            Self::Npy => "a NumPy array (.npy)",
            Self::Npz => "a file of NumPy arrays (.npz)",
            Self::Hdf5 => "an HDF5 file",
            Self::Matlab => "a MATLAB file",
            Self::Archive => "an archive",
            Self::WebDataset => "a WebDataset archive",
            Self::Compressed => "a compressed file",
            Self::Idx => "an IDX file, as used by MNIST",
            Self::IdxGzip => "a compressed IDX file, as used by MNIST",
            Self::CifarPickle => "one file of the Python version of CIFAR",
            Self::Pickle => "a Python pickle",
            Self::Torch => "a PyTorch file (.pt, .pth, .ckpt)",
            Self::Safetensors => "a safetensors file of weights",
            Self::LfsPointer => "a Git LFS pointer, not the file itself",
            Self::Image => "a single image",
            Self::Document => "a PDF document",
            Self::PixelTable => "a text file with one column per pixel",
            Self::Html => "a web page, probably from a failed download",
            Self::Sqlite => "an SQLite database",
            Self::HuggingFace => "part of a Hugging Face data set",
            Self::NotRegular => "a pipe, a device or a socket, which can be read only once",
        }
    }

    /// The remedy, worded to follow a semicolon.
    #[must_use]
    pub fn remedy(self, purpose: Purpose) -> &'static str {
        match (self, purpose) {
            (Self::LfsPointer, _) => "run `git lfs pull` in its repository and try again",
            (Self::Html, _) => "download it again",
            (Self::NotRegular, _) => "write its content to a file and give that file",
            (Self::Archive, _) => "unpack it and give its content",
            (Self::Compressed, _) => "decompress it and give its content",
            (_, Purpose::Data) => self.remedy_of_data(),
            (Self::Parquet | Self::Arrow, Purpose::Table) => "save it as CSV with the benchmark's columns",
            (_, Purpose::Table) => {
                "a table is a CSV file with the benchmark's columns, a file written by `graphpnas data convert`, the \
                 TFRecord file of NAS-Bench-101 or the NATS-Bench folder"
            }
            (_, Purpose::Checkpoint) => {
                "a checkpoint is a .safetensors file written by `graphpnas train --out` or a search"
            }
        }
    }

    fn remedy_of_data(self) -> &'static str {
        match self {
            Self::CifarPickle => "give the folder that contains it",
            Self::Image => "give a folder with one folder of images per class; `graphpnas predict` takes single images",
            Self::WebDataset => "unpack it and sort its images into one folder per class, by their .cls or .json files",
            Self::Safetensors | Self::Torch | Self::Sqlite | Self::Document => {
                "give a folder of images: CIFAR's files, TinyImageNet, or one folder of images per class"
            }
            Self::Npy | Self::Npz => {
                "save its images as PNG files in one folder per class (train/CLASS/NAME.png) and give that folder; for signals, \
                 give a folder with x_train.npy and y_train.npy"
            }
            _ => "save its images as PNG files in one folder per class (train/CLASS/NAME.png) and give that folder",
        }
    }

    /// Refines the format by the file name.
    pub(super) fn named(self, path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let of_cifar = ["data_batch_", "test_batch", "batches.meta"].iter().any(|start| name.starts_with(start));
        if self == Self::Pickle && of_cifar { Self::CifarPickle } else { self }
    }
}
