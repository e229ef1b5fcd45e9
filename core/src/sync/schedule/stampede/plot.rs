//! Draws requests over time as SVG, readable on light and on dark ground. Must not know of phones or servers.

use std::fmt::Write as _;

const WIDTH: f64 = 860.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 12.0;
const PANEL: f64 = 190.0;
const GAP: f64 = 64.0;
const TOP: f64 = 34.0;

/// One picture above another.
pub(super) struct Panel {
    pub(super) title: String,
    /// Requests in a second, at even distances over the whole width.
    pub(super) values: Vec<f64>,
    /// Marks at heights, with what they say.
    pub(super) levels: Vec<(f64, String)>,
    /// The height of the panel, in requests in a second, and the distance of the marks at its side.
    pub(super) most: f64,
    pub(super) tick: f64,
}

/// `minutes` are the ends of the horizontal axis, `mark` what happens at minute 0.
pub(super) fn svg(panels: &[Panel], minutes: std::ops::RangeInclusive<i32>, mark: &str) -> String {
    let (first, last) = (*minutes.start(), *minutes.end());
    let width = WIDTH - LEFT - RIGHT;
    let x = |minute: f64| LEFT + (minute - f64::from(first)) / f64::from(last - first) * width;
    #[expect(clippy::cast_precision_loss, reason = "a handful of panels")]
    let height = TOP + panels.len() as f64 * (PANEL + GAP);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <style>text{{fill:#7d8590}} .axis{{stroke:#7d8590;stroke-opacity:.5}} .grid{{stroke:#7d8590;stroke-opacity:.2}} \
         .level{{stroke:#d97706;stroke-dasharray:5 4}} .word{{fill:#d97706}} .line{{fill:#3b82f6;fill-opacity:.3;stroke:#3b82f6}} \
         .title{{font-weight:bold}}</style>\n"
    );
    let mut base = TOP;
    // Writing to a String cannot fail.
    for panel in panels {
        let bottom = base + PANEL;
        let y = |value: f64| bottom - value.min(panel.most) / panel.most * PANEL;
        let _ = writeln!(out, r#"<text class="title" x="{LEFT}" y="{:.0}">{}</text>"#, base - 12.0, panel.title);
        let mut level = 0.0;
        while level <= panel.most {
            let at = y(level);
            let _ = writeln!(out, r#"<path class="grid" d="M{LEFT} {at:.1}h{width}"/>"#);
            let _ = writeln!(out, r#"<text x="{}" y="{:.1}" text-anchor="end">{level}</text>"#, LEFT - 6.0, at + 4.0);
            level += panel.tick;
        }
        for minute in (first..=last).filter(|minute| minute % 5 == 0) {
            let at = x(f64::from(minute));
            let _ = writeln!(out, r#"<text x="{at:.1}" y="{:.1}" text-anchor="middle">{minute}</text>"#, bottom + 16.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "a few hundred values")]
        let step = width / panel.values.len() as f64;
        let mut path = format!("M{LEFT} {bottom:.1}");
        for value in &panel.values {
            let _ = write!(path, "V{:.1}h{step:.3}", y(*value));
        }
        let _ = writeln!(out, r#"<path class="line" d="{path}V{bottom:.1}Z"/>"#);
        let back = x(0.0);
        let _ = writeln!(out, r#"<path class="axis" d="M{back:.1} {base:.1}v{PANEL}"/>"#);
        let _ = writeln!(out, r#"<text x="{:.1}" y="{:.1}">{mark}</text>"#, back + 4.0, base + 10.0);
        for (level, words) in &panel.levels {
            let at = y(*level);
            let _ = writeln!(out, r#"<path class="level" d="M{LEFT} {at:.1}h{width}"/>"#);
            let end = WIDTH - RIGHT - 4.0;
            let _ =
                writeln!(out, r#"<text class="word" x="{end}" y="{:.1}" text-anchor="end">{words}</text>"#, at - 5.0);
        }
        let middle = LEFT + width / 2.0;
        let _ = writeln!(
            out,
            r#"<text x="{middle:.1}" y="{:.1}" text-anchor="middle">minutes since the server is back</text>"#,
            bottom + 33.0
        );
        base += PANEL + GAP;
    }
    out.push_str("</svg>\n");
    out
}
