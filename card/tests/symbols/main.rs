//! Symbols and their drawings, read back with decoders that are not ours.

mod drawings;
mod encoding;
mod picture;
mod reference;
mod screens;
mod symbologies;
