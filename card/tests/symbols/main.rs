//! Symbols and their drawings, read back with a decoder that is not ours.

mod drawings;
mod encoding;
mod picture;
