//! Values that TOML represents as text.

/// Serialises seeds up to 2^63 - 1 as integers and larger seeds as text.
pub(super) mod seed_text {
    use serde::{Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(seed: &u64, to: S) -> Result<S::Ok, S::Error> {
        if i64::try_from(*seed).is_ok() { to.serialize_u64(*seed) } else { to.collect_str(seed) }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        from.deserialize_any(Seed)
    }

    struct Seed;

    impl de::Visitor<'_> for Seed {
        type Value = u64;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a seed, 0 to 18446744073709551615, in quotes above 9223372036854775807")
        }

        fn visit_u64<E: de::Error>(self, seed: u64) -> Result<u64, E> {
            Ok(seed)
        }

        fn visit_i64<E: de::Error>(self, seed: i64) -> Result<u64, E> {
            u64::try_from(seed).map_err(|_| E::invalid_value(de::Unexpected::Signed(seed), &self))
        }

        fn visit_str<E: de::Error>(self, seed: &str) -> Result<u64, E> {
            seed.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(seed), &self))
        }
    }
}
