//! The data sets that can be fetched: address, size and checksum of their archives.
//!
//! The addresses and MD5 sums of CIFAR (c32a1d4ab5d03f1284b67883e8d87530, 03b5dce01913d631647c71ecec9e9cb8) are from
//! the authors' page; the MD5 sum of TinyImageNet (90528d7ca1a48142e341f4ef8d21d0de) is the one that public loaders
//! use. The SHA-256 that is checked is the one that TensorFlow Datasets and other public loaders pin for the same
//! archives. These numbers were not verified against downloaded archives.

/// A published data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The name for `graphpnas data fetch`.
    pub name: &'static str,
    /// A short description.
    pub title: &'static str,
    /// The official address of its archive.
    pub url: &'static str,
    /// Bytes of the archive.
    pub bytes: u64,
    /// SHA-256 of the archive in hexadecimal.
    pub sha256: &'static str,
    /// Format of the archive.
    pub archive: Archive,
    /// The only folder in the archive.
    pub folder: &'static str,
    /// Limit on the unpacked bytes; an archive that exceeds it is refused.
    pub most_unpacked: u64,
}

/// Archive formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archive {
    /// A tar file compressed by gzip.
    TarGz,
    /// A zip file.
    Zip,
}

/// All data sets that can be fetched.
pub const RELEASES: [Release; 3] = [
    Release {
        name: "cifar10",
        title: "CIFAR-10: 60,000 images of 32x32 in 10 classes",
        url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        bytes: 170_052_171,
        sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        archive: Archive::TarGz,
        folder: "cifar-10-batches-bin",
        most_unpacked: 300_000_000,
    },
    Release {
        name: "cifar100",
        title: "CIFAR-100: 60,000 images of 32x32 in 100 classes",
        url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
        bytes: 168_513_733,
        sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        archive: Archive::TarGz,
        folder: "cifar-100-binary",
        most_unpacked: 300_000_000,
    },
    Release {
        name: "tiny-imagenet",
        title: "TinyImageNet: 110,000 labelled images of 64x64 in 200 classes",
        url: "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
        bytes: 248_100_043,
        sha256: "6198c8ae015e2b3e007c7841da39ec069199b9aa3bfa943a462022fe5e43c821",
        archive: Archive::Zip,
        folder: "tiny-imagenet-200",
        most_unpacked: 1_000_000_000,
    },
];

impl Release {
    /// Finds a release by name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        RELEASES.iter().find(|release| release.name == name)
    }

    /// The file name of the archive.
    pub(super) fn file_name(&self) -> &'static str {
        self.url.rsplit('/').next().unwrap_or(self.name)
    }
}
