//! How a camera sees a code: drawn by resvg as a scene in millimetres, turned, out of focus, with too little light or too much of it, in
//! the camera's own pixels. The same pictures each time. Must not know what is in the code.

use std::fmt::Write as _;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use resvg::{tiny_skia, usvg};

use crate::subjects::{Shown, Subject, subjects};

/// Telephones by pixels an inch: the coarsest and the finest of Android's classes, and a usual one of Apple's.
pub(crate) const DENSITIES: [(&str, f64); 3] = [("mdpi", 160.0), ("xxxhdpi", 640.0), ("458", 458.0)];

/// What is wrong with the picture.
pub(crate) const DISTURBANCES: [&str; 7] = ["none", "blurred", "turned", "pale", "coarse", "glare", "all a little"];

/// Pictures of each code on each telephone under each disturbance.
const TAKES: u64 = 2;

/// How it is seen.
struct Look {
    /// Of the camera, a millimetre of the screen.
    pixels_per_mm: f64,
    /// Standard deviation, in millimetres.
    blur_mm: f64,
    degrees: f64,
    /// Grey of what is dark and what is light on the screen, 0 to 255.
    ink: u8,
    paper: u8,
    /// Radius of a reflection, against the smaller side of the code.
    glare: f64,
    /// Most that a pixel is off, of 255.
    noise: u8,
}

/// One picture to be taken.
pub(crate) struct Shot {
    subject: Subject,
    shown: Shown,
    density: &'static str,
    disturbance: &'static str,
    take: u64,
}

/// Eight bits of grey, row by row.
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) grey: Vec<u8>,
}

/// All of them, or with `share` those of a coarse and a fine screen that nothing disturbs.
pub(crate) fn shots(share: bool) -> Vec<Shot> {
    let mut shots = Vec::new();
    for subject in subjects() {
        for (density, pixels_per_inch) in DENSITIES {
            if share && !["mdpi", "458"].contains(&density) {
                continue;
            }
            for disturbance in DISTURBANCES {
                for take in 0..TAKES {
                    if share && (disturbance != "none" || take > 0) {
                        continue;
                    }
                    if let Some(shown) = subject.on(pixels_per_inch) {
                        shots.push(Shot { subject: subject.clone(), shown, density, disturbance, take });
                    }
                }
            }
        }
    }
    shots
}

impl Shot {
    /// What the list says of it: picture, kind, what it holds, width and height in millimetres, telephone, disturbance, content.
    pub(crate) fn line(&self, name: &str) -> String {
        let Subject { kind, holds, content, .. } = &self.subject;
        let (width, height) = self.shown.size_mm;
        format!(
            "{name}\t{kind}\t{holds}\t{width:.0} x {height:.0}\t{}\t{}\t{content}\n",
            self.density, self.disturbance
        )
    }

    /// Of a generator that is this shot's alone, so that one more of another kind changes nothing.
    fn random(&self) -> ChaCha8Rng {
        let name =
            format!("{}{}{}{}{}", self.subject.kind, self.subject.holds, self.density, self.disturbance, self.take);
        let seed = name.bytes().fold(14_695_981_039_346_656_037_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(1_099_511_628_211)
        });
        ChaCha8Rng::seed_from_u64(seed)
    }

    fn look(&self, random: &mut ChaCha8Rng) -> Look {
        let base = Look { pixels_per_mm: 8.0, blur_mm: 0.05, degrees: 0.0, ink: 20, paper: 235, glare: 0.0, noise: 8 };
        match self.disturbance {
            "blurred" => Look { blur_mm: 0.3, ..base },
            // Two to nine degrees to either side.
            "turned" => {
                let degrees = between(random, 2.0, 9.0);
                Look { degrees: if random.next_u32() & 1 == 0 { degrees } else { -degrees }, ..base }
            }
            "pale" => Look { ink: 120, paper: 160, ..base },
            "coarse" => Look { pixels_per_mm: 3.0, ..base },
            "glare" => Look { glare: 0.22, ..base },
            "all a little" => Look {
                pixels_per_mm: 6.0,
                blur_mm: 0.15,
                degrees: between(random, -5.0, 5.0),
                ink: 70,
                paper: 190,
                glare: 0.1,
                noise: 12,
            },
            _ => base,
        }
    }

    pub(crate) fn picture(&self) -> Picture {
        let mut random = self.random();
        let look = self.look(&mut random);
        let svg = self.scene(&look, &mut random);
        // Cannot fail: the text above is a whole document of some size.
        let tree = usvg::Tree::from_str(&svg, &usvg::Options::default()).expect("an SVG document");
        let size = tree.size().to_int_size();
        let mut pixmap = tiny_skia::Pixmap::new(size.width(), size.height()).expect("a picture of some size");
        resvg::render(&tree, tiny_skia::Transform::default(), &mut pixmap.as_mut());
        let noisy = |pixel: &tiny_skia::PremultipliedColorU8| {
            let off = i16::from(random_byte(&mut random) % (2 * look.noise + 1)) - i16::from(look.noise);
            u8::try_from((i16::from(pixel.red()) + off).clamp(0, 255)).unwrap_or_default()
        };
        let grey = pixmap.pixels().iter().map(noisy).collect();
        Picture { width: size.width(), height: size.height(), grey }
    }

    /// White around the code as on a card, dark around that, and the reflection over all.
    fn scene(&self, look: &Look, random: &mut ChaCha8Rng) -> String {
        const CARD: f64 = 4.0;
        const ROOM: f64 = 10.0;
        let Shown { rows, module_mm, size_mm, origin_mm } = &self.shown;
        let (width, height) = (size_mm.0 + 2.0 * ROOM, size_mm.1 + 2.0 * ROOM);
        let mut path = String::new();
        for (row, y) in rows.iter().zip(0_u32..) {
            let mut x = 0_u32;
            for run in row.chunk_by(|a, b| a == b) {
                let length = u32::try_from(run.len()).unwrap_or_default();
                if run[0] {
                    let (left, top) = (
                        ROOM + origin_mm.0 + f64::from(x) * module_mm.0,
                        ROOM + origin_mm.1 + f64::from(y) * module_mm.1,
                    );
                    let (wide, tall) = (f64::from(length) * module_mm.0, module_mm.1);
                    // Writing to a String cannot fail.
                    let _ = write!(path, "M{left:.4} {top:.4}h{wide:.4}v{tall:.4}h-{wide:.4}z");
                }
                x += length;
            }
        }
        let radius = look.glare * size_mm.0.min(size_mm.1);
        let spot = (ROOM + between(random, 0.2, 0.8) * size_mm.0, ROOM + between(random, 0.2, 0.8) * size_mm.1);
        let [ink, paper] = [look.ink, look.paper].map(|grey| format!("#{grey:02x}{grey:02x}{grey:02x}"));
        let (side, up) = (size_mm.0 + 2.0 * CARD, size_mm.1 + 2.0 * CARD);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {width:.4} {height:.4}\">\
             <defs><filter id=\"f\" x=\"0\" y=\"0\" width=\"1\" height=\"1\"><feGaussianBlur stdDeviation=\"{}\"/></filter>\
             <radialGradient id=\"g\"><stop offset=\"0.5\" stop-color=\"#fff\"/>\
             <stop offset=\"1\" stop-color=\"#fff\" stop-opacity=\"0\"/></radialGradient></defs>\
             <g filter=\"url(#f)\"><rect width=\"{width}\" height=\"{height}\" fill=\"#303030\"/>\
             <g transform=\"rotate({} {} {})\">\
             <rect x=\"{}\" y=\"{}\" width=\"{side}\" height=\"{up}\" fill=\"{paper}\"/><path fill=\"{ink}\" d=\"{path}\"/></g></g>\
             <circle cx=\"{}\" cy=\"{}\" r=\"{radius}\" fill=\"url(#g)\"/></svg>",
            (width * look.pixels_per_mm).round(),
            (height * look.pixels_per_mm).round(),
            look.blur_mm,
            look.degrees,
            width / 2.0,
            height / 2.0,
            ROOM - CARD,
            ROOM - CARD,
            spot.0,
            spot.1,
        )
    }
}

fn random_byte(random: &mut ChaCha8Rng) -> u8 {
    u8::try_from(random.next_u32() >> 24).unwrap_or_default()
}

fn between(random: &mut ChaCha8Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * f64::from(random.next_u32()) / f64::from(u32::MAX)
}

impl Picture {
    pub(crate) fn png(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Grayscale);
        // Cannot fail: into memory, with as many bytes as the size says.
        let mut writer = encoder.write_header().expect("a header");
        writer.write_image_data(&self.grey).expect("pixels");
        writer.finish().expect("an end");
        bytes
    }
}
