//! Writers of the release formats for tests: TFRecord, protocol buffers, pickles. They are independent of the readers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// Masked CRC-32C, computed bit by bit as a reference for the reader.
pub fn masked_crc(bytes: &[u8]) -> [u8; 4] {
    let mut crc = !0u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    let crc = !crc;
    crc.rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

/// A TFRecord with this data.
pub fn framed(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &masked_crc(&length), data, &masked_crc(data)].concat()
}

/// One training run of a cell.
#[derive(Clone)]
pub struct Training {
    pub hash: String,
    pub epochs: u32,
    pub adjacency: String,
    pub operations: String,
    pub seconds: f64,
    pub validation: f64,
    pub test: f64,
    pub parameters: u64,
}

fn evaluation(epoch: f64, seconds: f64, validation: f64, test: f64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (field, value) in (1u8..).zip([epoch, seconds, 0.5, validation, test]) {
        bytes.push(field << 3 | 1);
        bytes.extend(value.to_le_bytes());
    }
    [&[1 << 3 | 2, bytes.len() as u8][..], &bytes].concat()
}

impl Training {
    pub fn metrics(&self) -> Vec<u8> {
        let epochs = f64::from(self.epochs);
        let mut bytes = evaluation(0.0, 0.0, 0.1, 0.1);
        bytes.extend(evaluation(epochs / 2.0, self.seconds / 2.0, self.validation / 2.0, self.test / 2.0));
        bytes.extend(evaluation(epochs, self.seconds, self.validation, self.test));
        bytes.push(2 << 3);
        let mut rest = self.parameters;
        while rest > 0x7f {
            bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes.push(3 << 3 | 1);
        bytes.extend((self.seconds + 1.0).to_le_bytes());
        bytes
    }

    /// The JSON array with these metrics, in base64 with lines of 76 characters as in the release.
    pub fn json_with(&self, metrics: &[u8]) -> Vec<u8> {
        let mut lines = String::new();
        for line in STANDARD.encode(metrics).as_bytes().chunks(76) {
            lines.push_str(std::str::from_utf8(line).unwrap());
            lines.push('\n');
        }
        let fields = (&self.hash, self.epochs, &self.adjacency, &self.operations, &lines);
        serde_json::to_vec(&fields).unwrap()
    }

    pub fn record(&self) -> Vec<u8> {
        framed(&self.json_with(&self.metrics()))
    }
}

/// Adjacency matrix and operations of a row of the NAS-Bench-101 CSV file.
fn cell(row: &[String]) -> (String, String) {
    let vertices: usize = row[1].parse().unwrap();
    let mut bits = vec![b'0'; vertices * vertices];
    for edge in row[2].split(' ') {
        let (from, to) = edge.split_once('-').unwrap();
        bits[from.parse::<usize>().unwrap() * vertices + to.parse::<usize>().unwrap()] = b'1';
    }
    let inner = row[3].split(' ').filter(|name| !name.is_empty()).map(|name| format!("{name},")).collect::<String>();
    (String::from_utf8(bits).unwrap(), format!("input,{inner}output"))
}

/// Three training runs for each row and number of epochs, all with the row's validation accuracy.
pub fn trainings(rows: &[Vec<String>], epochs: &[u32]) -> Vec<Training> {
    let mut trainings = Vec::new();
    for row in rows {
        let (adjacency, operations) = cell(row);
        for &epochs in epochs {
            let column = 4 + [4, 12, 36, 108].iter().position(|known| *known == epochs).unwrap();
            let validation: f64 = row[column].parse().unwrap();
            let training = Training {
                hash: row[0].clone(),
                epochs,
                adjacency: adjacency.clone(),
                operations: operations.clone(),
                seconds: row[8].parse::<f64>().unwrap(),
                validation,
                test: validation / 2.0,
                parameters: row[9].parse().unwrap(),
            };
            trainings.extend(std::iter::repeat_n(training, 3));
        }
    }
    trainings
}

pub fn file(trainings: &[Training]) -> Vec<u8> {
    trainings.iter().flat_map(Training::record).collect()
}

/// A writer of pickles of protocol 4, without memo.
#[derive(Default)]
pub struct Pickle(pub Vec<u8>);

impl Pickle {
    pub fn text(&mut self, text: &str) {
        self.0.push(b'X');
        self.0.extend((text.len() as u32).to_le_bytes());
        self.0.extend(text.as_bytes());
    }

    pub fn int(&mut self, value: i32) {
        self.0.push(b'J');
        self.0.extend(value.to_le_bytes());
    }

    pub fn float(&mut self, value: f64) {
        self.0.push(b'G');
        self.0.extend(value.to_be_bytes());
    }

    pub fn list(&mut self, fill: impl FnOnce(&mut Self)) {
        self.0.extend(b"](");
        fill(self);
        self.0.push(b'e');
    }

    pub fn dict(&mut self, fill: impl FnOnce(&mut Self)) {
        self.0.extend(b"}(");
        fill(self);
        self.0.push(b'u');
    }

    pub fn build(fill: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut pickle = Self(vec![0x80, 4]);
        fill(&mut pickle);
        pickle.0.push(b'.');
        pickle.0
    }
}

/// Dataset, split, accuracy.
type Accuracy<'a> = (&'a str, &'a str, f64);

/// The nine accuracies of a row of the NAS-Bench-201 CSV file, as a file of the NATS-Bench folder.
pub fn nats(arch: &str, accuracies: &[f64]) -> Vec<u8> {
    // In the order of the CSV file: 12-epoch validation, 12-epoch test, 200-epoch test of each dataset.
    let f = accuracies;
    let results: [(&str, Vec<Accuracy<'_>>); 2] = [
        (
            "12",
            vec![
                ("cifar10-valid", "x-valid", f[0]),
                ("cifar10", "ori-test", f[1]),
                ("cifar100", "x-valid", f[3]),
                ("cifar100", "x-test", f[4]),
                ("ImageNet16-120", "x-valid", f[6]),
                ("ImageNet16-120", "x-test", f[7]),
            ],
        ),
        ("200", vec![("cifar10", "ori-test", f[2]), ("cifar100", "x-test", f[5]), ("ImageNet16-120", "x-test", f[8])]),
    ];
    Pickle::build(|root| {
        root.dict(|root| {
            for (epochs, accuracies) in &results {
                root.text(epochs);
                root.dict(|trained| results_of(trained, arch, epochs.parse().unwrap(), accuracies));
            }
        })
    })
}

/// Two seeds per dataset, whose accuracies differ by two percentage points and have the given mean.
fn results_of(pickle: &mut Pickle, arch: &str, epochs: i32, accuracies: &[Accuracy<'_>]) {
    let mut datasets: Vec<&str> = accuracies.iter().map(|(dataset, _, _)| *dataset).collect();
    datasets.dedup();
    pickle.text("arch_str");
    pickle.text(arch);
    pickle.text("dataset_seed");
    pickle.dict(|seeds| {
        for dataset in &datasets {
            seeds.text(dataset);
            seeds.list(|list| [777, 888].into_iter().for_each(|seed| list.int(seed)));
        }
    });
    pickle.text("all_results");
    pickle.dict(|all| {
        for dataset in &datasets {
            for (seed, shift) in [(777, -1.0), (888, 1.0)] {
                all.text(dataset);
                all.int(seed);
                all.0.push(0x86);
                all.dict(|run| {
                    run.text("epochs");
                    run.int(epochs);
                    run.text("net_state_dict");
                    run.0.push(b'N');
                    run.text("eval_acc1es");
                    run.dict(|entries| {
                        for (_, set, accuracy) in accuracies.iter().filter(|(name, _, _)| name == dataset) {
                            let mut key = String::new();
                            write!(key, "{set}@{}", epochs - 1).unwrap();
                            entries.text(&key);
                            entries.float(accuracy + shift);
                        }
                    });
                });
            }
        }
    });
}

/// A compact table of version 1: the keys 0, 1, 2, ... with 16 bytes each, and columns of `f64`.
pub fn first_version(space: &str, rows: u64, columns: &[(&str, &[f64])]) -> Vec<u8> {
    let name = |name: &str| [&[name.len() as u8], name.as_bytes()].concat();
    let keys: Vec<u8> = (0..u128::from(rows)).flat_map(u128::to_le_bytes).collect();
    let bytes_of = |values: &[f64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let mut rest = [&rows.to_le_bytes()[..], &crc32c::crc32c(&keys).to_le_bytes()].concat();
    rest.extend((columns.len() as u32).to_le_bytes());
    rest.extend(name(space));
    for (column, values) in columns {
        rest.extend(name(column));
        rest.extend(crc32c::crc32c(&bytes_of(values)).to_le_bytes());
    }
    let head = [&b"GPNTABLE"[..], &1u32.to_le_bytes(), &(20 + rest.len() as u32).to_le_bytes()].concat();
    let checksum = crc32c::crc32c(&[&head[..], &rest].concat()).to_le_bytes();
    let numbers = columns.iter().flat_map(|(_, values)| bytes_of(values)).collect::<Vec<u8>>();
    [&head[..], &checksum, &rest, &keys, &numbers].concat()
}
