//! What goes into a network and what comes out of it: everything another program needs to use its weights.

use super::model::Model;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How pictures become a network's input, and what its outputs mean.
///
/// Every format that a network is exported in carries these values: ONNX as `metadata_props` and safetensors as
/// metadata (see [`Interface::texts`]), PyTorch source as constants, and JSON as the object `interface`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interface {
    /// Whether the weights come from a training; others are random.
    pub trained: bool,
    /// Names of the classes in the order of the outputs, where they are known.
    pub class_names: Option<Vec<String>>,
    /// Shape of the input: channels, height and width of an image.
    pub input: [usize; 3],
    /// Order of the input's axes: always `NCHW`.
    pub layout: String,
    /// Order of the channels: `RGB`, `gray`, or `unknown` for another number of channels.
    pub color: String,
    /// Type of the input's numbers: `float32`, or `uint8` where normalisation is part of the graph.
    pub input_type: String,
    /// Range of a picture's values before they are normalised: `0..1`, or `0..255` where normalisation is part of the
    /// graph.
    pub input_scale: String,
    /// Whether the graph itself divides by 255 and normalises; where it does not, the caller computes
    /// `(value - mean) / std` for values in 0..1.
    pub normalization_in_graph: bool,
    /// Mean of each channel for values in 0..1, where it is known.
    pub mean: Option<Vec<f32>>,
    /// Standard deviation of each channel for values in 0..1, where it is known.
    pub std: Option<Vec<f32>>,
    /// How a picture of another size is brought to the input's height and width.
    pub resize: String,
    /// `logits`, or `probabilities` where softmax is part of the graph.
    pub output: String,
}

/// The rule by which pictures are resized, in training and prediction.
const RESIZE: &str = "crop around the center to the ratio of height to width, in whole pixels, then scale to height x width \
                      (bilinear, antialiased); EXIF orientation applied and transparency on white before";

impl Interface {
    /// The interface of a network with the weights of a training of `model`.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        Self {
            trained: true,
            class_names: model.data.as_ref().map(|data| data.classes.clone()),
            mean: model.normal.as_ref().map(|normal| normal.mean.clone()),
            std: model.normal.as_ref().map(|normal| normal.deviation.clone()),
            ..Self::untrained(model.input)
        }
    }

    /// The interface of a network with random weights: no images have been normalised for it, and its outputs stand for
    /// no classes.
    #[must_use]
    pub fn untrained(input: [usize; 3]) -> Self {
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

    /// The same for images of another height and width.
    #[must_use]
    pub fn for_input(self, input: [usize; 3]) -> Self {
        Self { input, ..self }
    }

    /// The same for a graph that takes bytes from 0 to 255, normalises them, and ends in softmax; none where mean and
    /// standard deviation are not known.
    #[must_use]
    pub fn with_preprocessing(self) -> Option<Self> {
        (self.mean.is_some() && self.std.is_some()).then(|| Self {
            input_type: "uint8".to_owned(),
            input_scale: "0..255".to_owned(),
            normalization_in_graph: true,
            output: "probabilities".to_owned(),
            ..self
        })
    }

    /// The interface that the texts in a file of weights tell ([`Interface::texts`]); a file that says nothing is one of
    /// somebody's training. The weights are those of the network alone, without normalisation and softmax.
    #[must_use]
    pub fn from_metadata(texts: &BTreeMap<String, String>, input: [usize; 3]) -> Self {
        let read = |key: &str| texts.get(key).and_then(|text| serde_json::from_str(text).ok());
        let names = texts.get("class_names").and_then(|text| serde_json::from_str(text).ok());
        Self {
            trained: texts.get("trained").is_none_or(|text| text != "false"),
            class_names: names,
            mean: read("mean"),
            std: read("std"),
            ..Self::untrained(input)
        }
    }

    /// All values as texts under their names, for the metadata of files. Lists are JSON, truth values `true` or `false`;
    /// what is not known is left out.
    #[must_use]
    pub fn texts(&self) -> Vec<(String, String)> {
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
    use crate::data::Normal;
    use crate::network::Task;
    use crate::train::Model;

    #[test]
    fn what_is_not_known_is_left_out() {
        let untrained = Interface::untrained([3, 8, 8]);
        let texts = untrained.texts();
        let value = |name: &str| texts.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str());
        assert_eq!((value("trained"), value("color"), value("input")), (Some("false"), Some("RGB"), Some("[3,8,8]")));
        assert_eq!((value("mean"), value("class_names"), value("output")), (None, None, Some("logits")));
        assert_eq!(untrained.with_preprocessing(), None, "nothing is known to normalise by");
    }

    #[test]
    fn numbers_are_written_as_they_are() {
        let model = Model::new("nasbench201", "", Task::CIFAR10).unwrap();
        let model = Model { normal: Some(Normal::cifar10()), ..model };
        let inside = Interface::of(&model).with_preprocessing().unwrap();
        let texts = inside.texts();
        let value = |name: &str| texts.iter().find(|(key, _)| key == name).map(|(_, text)| text.as_str());
        let mean: Vec<f32> = serde_json::from_str(value("mean").unwrap()).unwrap();
        assert_eq!(mean, Normal::cifar10().mean, "every number is read back to the bit");
        assert_eq!((value("input_type"), value("output")), (Some("uint8"), Some("probabilities")));
    }
}
