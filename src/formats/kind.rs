//! The kinds of files that are told, their names, and what to do with each.

use std::path::Path;

/// What a file was given as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Images to train or test on.
    Data,
    /// A benchmark's table.
    Table,
    /// A trained network.
    Checkpoint,
}

/// A kind of file of another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A Parquet file.
    Parquet,
    /// An Arrow file.
    Arrow,
    /// A numpy array.
    Npy,
    /// Numpy arrays in a zip file.
    Npz,
    /// An HDF5 file.
    Hdf5,
    /// A MATLAB file.
    Matlab,
    /// A zip, tar, tar.gz, 7z or rar archive.
    Archive,
    /// A tar archive of samples for the library `WebDataset`.
    WebDataset,
    /// A compressed file that is no archive.
    Compressed,
    /// A file of MNIST and its kin.
    Idx,
    /// The same compressed.
    IdxGzip,
    /// One of the files of CIFAR's Python form.
    CifarPickle,
    /// A Python pickle.
    Pickle,
    /// A file that `torch.save` wrote.
    Torch,
    /// A file of tensors.
    Safetensors,
    /// What Git has in the place of a large file.
    LfsPointer,
    /// A single picture.
    Picture,
    /// A document.
    Document,
    /// A text with a column for each pixel.
    PixelTable,
    /// A page of the web, as a failed download leaves it.
    Html,
    /// A database.
    Sqlite,
    /// A folder of the library `datasets`.
    HuggingFace,
    /// A pipe, a device or a socket.
    NotRegular,
}

impl Kind {
    /// What it is, with its article.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Parquet => "a Parquet file, as Hugging Face data sets come in",
            Self::Arrow => "an Arrow file, as the library `datasets` keeps them",
            Self::Npy => "a NumPy array (.npy)",
            Self::Npz => "a file of NumPy arrays (.npz)",
            Self::Hdf5 => "an HDF5 file",
            Self::Matlab => "a MATLAB file",
            Self::Archive => "an archive",
            Self::WebDataset => "a WebDataset archive",
            Self::Compressed => "a compressed file",
            Self::Idx => "an IDX file, as MNIST comes in",
            Self::IdxGzip => "a compressed IDX file, as MNIST comes in",
            Self::CifarPickle => "one file of the Python version of CIFAR",
            Self::Pickle => "a Python pickle",
            Self::Torch => "a PyTorch file (.pt, .pth, .ckpt)",
            Self::Safetensors => "a safetensors file of weights",
            Self::LfsPointer => "a Git LFS pointer, not the file itself",
            Self::Picture => "a single picture",
            Self::Document => "a PDF document",
            Self::PixelTable => "a text with a column for each pixel",
            Self::Html => "a web page, which is what a failed download leaves",
            Self::Sqlite => "an SQLite database",
            Self::HuggingFace => "part of a Hugging Face data set",
            Self::NotRegular => "a pipe, a device or a socket, which can be read only once",
        }
    }

    /// What to do about it, in words that follow a semicolon.
    #[must_use]
    pub fn remedy(self, purpose: Purpose) -> &'static str {
        match (self, purpose) {
            (Self::LfsPointer, _) => "run `git lfs pull` in its repository and try again",
            (Self::Html, _) => "download it again",
            (Self::NotRegular, _) => "write it to a file first and give that",
            (Self::Archive, _) => "unpack it and give what is in it",
            (Self::Compressed, _) => "decompress it and give what is in it",
            (_, Purpose::Data) => self.remedy_of_data(),
            (Self::Parquet | Self::Arrow, Purpose::Table) => "save it as CSV with the benchmark's columns",
            (_, Purpose::Table) => {
                "a table is a CSV file with the benchmark's columns, what `graphpnas data convert` wrote, the TFRecord file of \
                 NAS-Bench-101 or the NATS-Bench folder"
            }
            (_, Purpose::Checkpoint) => {
                "a checkpoint is the .safetensors file that `graphpnas train --out` or a search wrote"
            }
        }
    }

    fn remedy_of_data(self) -> &'static str {
        match self {
            Self::CifarPickle => "give the folder that it is in",
            Self::Picture => {
                "give a folder that has a folder of pictures for each class; `graphpnas predict` takes single pictures"
            }
            Self::WebDataset => {
                "unpack it and sort its pictures into a folder for each class, by their .cls or .json files"
            }
            Self::Safetensors | Self::Torch | Self::Sqlite | Self::Document => {
                "give a folder of images: CIFAR's files, TinyImageNet, or a folder of pictures for each class"
            }
            _ => "save its images as PNG files in a folder for each class (train/CLASS/NAME.png) and give that folder",
        }
    }

    /// The same, told better by the file's name.
    pub(super) fn named(self, path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let of_cifar = ["data_batch_", "test_batch", "batches.meta"].iter().any(|start| name.starts_with(start));
        if self == Self::Pickle && of_cifar { Self::CifarPickle } else { self }
    }
}
