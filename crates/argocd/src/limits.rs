//! Bounds on an expansion, so that no manifest can make it run or grow without end.

/// Bounds on one call of [`crate::expand()`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many parameter sets all generators together may make; a matrix over this is refused before it is built.
    pub parameter_sets: usize,
    /// How many bytes all generated Applications together may take.
    pub output_bytes: usize,
    /// How many bytes one rendered string may take.
    pub string_bytes: usize,
    /// How many steps the templates of one Application may take.
    pub template_steps: u64,
    /// How many bytes of a file a files generator reads as parameters.
    pub file_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            parameter_sets: 20_000,
            output_bytes: 256 << 20,
            string_bytes: 4 << 20,
            template_steps: 10_000_000,
            file_bytes: 32 << 20,
        }
    }
}
