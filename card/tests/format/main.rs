//! The format of the card's codes: its vectors, its rules, damage, and a verifier that is not ours.

mod ask;
mod asks_backend;
mod asks_till;
mod damage;
mod independent;
mod rules;
mod vectors;
mod world;
