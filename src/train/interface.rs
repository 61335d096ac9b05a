//! The input and output format of a network: everything that another program needs to use its weights.

use super::model::Model;
use crate::data::SIGNALS;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The preprocessing of a network's input and the meaning of its outputs.
///
/// Every export format contains these values: ONNX as `metadata_props` and safetensors as
/// metadata (see [`Interface::metadata`]), PyTorch source as constants, and JSON as the object `interface`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interface {
    /// Whether the weights are trained; otherwise they are random.
    pub trained: bool,
    /// Names of the classes in the order of the outputs, if known.
    pub class_names: Option<Vec<String>>,
    /// Shape of the input: channels, height and width of an image.
    pub input: [usize; 3],
    /// Order of the input's axes: always `NCHW`.
    pub layout: String,
    /// Order of the channels: `RGB`, `gray`, `none` for signals, or `unknown` for another number of channels.
    pub color: String,
    /// Type of the input's values: `float32`, or `uint8` for images if normalisation is part of the graph.
    pub input_type: String,
    /// Range of an image's values before normalisation: `0..1`, or `0..255` if normalisation is part of the graph. `any`
    /// for signals, whose values are those of the data set.
    pub input_scale: String,
    /// Whether the graph itself divides by 255 (not for signals) and normalises; otherwise the caller computes
    /// `(value - mean) / std` for values in 0..1, or those of a signal.
    pub normalization_in_graph: bool,
    /// Mean of each channel for values in 0..1, or those of signals, if known.
    pub mean: Option<Vec<f32>>,
    /// Standard deviation of each channel for values in 0..1, or those of signals, if known.
    pub std: Option<Vec<f32>>,
    /// What is done with an image of another size, or `none` and the reason for signals.
    pub resize: String,
    /// `logits`, or `probabilities` if softmax is part of the graph.
    pub output: String,
}

/// The scale of signals.
const ANY: &str = "any";

/// The resizing of images, in training and prediction.
const RESIZE: &str = "cropped around the center to the ratio of height to width, in whole pixels, then scaled to height x width \
                      (bilinear, antialiased), after applying the EXIF orientation and blending transparency onto white";

impl Interface {
    /// Returns the interface of a network with the trained weights of `model`.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        Self {
            trained: true,
            class_names: model.data.as_ref().map(|data| data.classes.clone()),
            mean: model.normal.as_ref().map(|normal| normal.mean.clone()),
            std: model.normal.as_ref().map(|normal| normal.deviation.clone()),
            ..Self::unknown(model.input, model.data.as_ref().map(|data| data.layout == SIGNALS))
        }
    }

    /// Returns the interface of a network of which only the shape of the input is known, and perhaps whether it takes
    /// signals; if not, an input of height 1 is a signal.
    fn unknown(input: [usize; 3], signals: Option<bool>) -> Self {
        let images = Self::for_images(input);
        match signals.unwrap_or(input[1] == 1) {
            true => Self {
                color: "none".to_owned(),
                input_scale: ANY.to_owned(),
                resize: "none: signals must have the length of the input".to_owned(),
                ..images
            },
            false => images,
        }
    }

    /// Whether the inputs are signals.
    #[must_use]
    pub fn takes_signals(&self) -> bool {
        self.input_scale == ANY
    }

    /// Returns the interface of a network with random weights, without normalisation and class names.
    #[must_use]
    pub fn untrained(input: [usize; 3]) -> Self {
        Self::unknown(input, None)
    }

    fn for_images(input: [usize; 3]) -> Self {
        let color = match input[0] {
            1 => "gray",
            3 => "RGB",
            _ => "unknown",
        };
        Self {
            trained: false,
            class_names: None,
            input,
            layout: "NCHW".to_owned(),
            color: color.to_owned(),
            input_type: "float32".to_owned(),
            input_scale: "0..1".to_owned(),
            normalization_in_graph: false,
            mean: None,
            std: None,
            resize: RESIZE.to_owned(),
            output: "logits".to_owned(),
        }
    }

    /// Returns the interface for images of another shape.
    #[must_use]
    pub fn for_input(self, input: [usize; 3]) -> Self {
        Self { input, ..self }
    }

    /// Returns the interface for a graph that takes bytes from 0 to 255 or the values of signals, normalises them, and ends
    /// in softmax; `None` if mean and standard deviation are unknown.
    #[must_use]
    pub fn with_preprocessing(self) -> Option<Self> {
        if self.mean.is_none() || self.std.is_none() {
            return None;
        }
        let inside = Self { normalization_in_graph: true, output: "probabilities".to_owned(), ..self };
        Some(match inside.takes_signals() {
            true => inside,
            false => Self { input_type: "uint8".to_owned(), input_scale: "0..255".to_owned(), ..inside },
        })
    }

    /// Reads the interface from the metadata of a weights file ([`Interface::metadata`]); a file without metadata is
    /// assumed to be trained. Such weights belong to the network without normalisation and softmax.
    #[must_use]
    pub fn from_metadata(texts: &BTreeMap<String, String>, input: [usize; 3]) -> Self {
        let read = |key: &str| texts.get(key).and_then(|text| serde_json::from_str(text).ok());
        let names = texts.get("class_names").and_then(|text| serde_json::from_str(text).ok());
        Self {
            trained: texts.get("trained").is_none_or(|text| text != "false"),
            class_names: names,
            mean: read("mean"),
            std: read("std"),
            ..Self::unknown(input, texts.get("input_scale").map(|scale| scale == ANY))
        }
    }

    /// Returns all values as pairs of name and text, for the metadata of files. Lists are JSON, booleans `true` or
    /// `false`; unknown values are left out.
    #[must_use]
    pub fn metadata(&self) -> Vec<(String, String)> {
        let Ok(serde_json::Value::Object(values)) = serde_json::to_value(self) else { return Vec::new() };
        let text = |value: serde_json::Value| match value {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text),
            other => Some(other.to_string()),
        };
        values.into_iter().filter_map(|(name, value)| Some((name, text(value)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Interface;
    use crate::data::Normalization;
    use crate::network::Task;
    use crate::train::Model;

    #[test]
    fn unknown_values_are_omitted() {
        let untrained = Interface::untrained([3, 8, 8]);
        let texts = untrained.metadata();
        let value = |name: &str| texts.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str());
        assert_eq!((value("trained"), value("color"), value("input")), (Some("false"), Some("RGB"), Some("[3,8,8]")));
        assert_eq!((value("mean"), value("class_names"), value("output")), (None, None, Some("logits")));
        assert_eq!(untrained.with_preprocessing(), None, "mean and standard deviation are unknown");
    }

    #[test]
    fn means_round_trip_bit_for_bit() {
        let model = Model::new("nasbench201", "", Task::CIFAR10).unwrap();
        let model = Model { normal: Some(Normalization::cifar10()), ..model };
        let inside = Interface::of(&model).with_preprocessing().unwrap();
        let texts = inside.metadata();
        let value = |name: &str| texts.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str());
        let mean: Vec<f32> = serde_json::from_str(value("mean").unwrap()).unwrap();
        assert_eq!(mean, Normalization::cifar10().mean, "every value is read back bit for bit");
        assert_eq!((value("input_type"), value("output")), (Some("uint8"), Some("probabilities")));
    }
}
