//! A pass for Apple Wallet: `pass.json`, its texts in each language, pictures, the manifest and its signature, as one archive.
//!
//! Its code never changes, since Apple's passes cannot make codes: where the programme's cards do, the pass only earns and says so.
//! Nothing on it can go stale, so no server has to tell it of changes: points are in the app.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use jiff::Timestamp;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::issuers::AppleIssuer;
use super::{Pass, PassError, cms, hex, name_of, pictures, texts};
use crate::ports::Random;
use crate::programme::Symbology;

/// What a pass is served as.
pub(crate) const CONTENT_TYPE: &str = "application/vnd.apple.pkpass";
/// The sides of icon and logo, in points.
const ICON: u16 = 29;
const LOGO: u16 = 50;

/// The whole file, signed at `now`.
pub(crate) fn write(
    pass: &Pass<'_>,
    issuer: &AppleIssuer,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Vec<u8>, PassError> {
    let mut files = BTreeMap::from([("pass.json".to_owned(), serde_json::to_vec_pretty(&description(pass, issuer))?)]);
    for scale in 1..=3 {
        let at = if scale == 1 { String::new() } else { format!("@{scale}x") };
        files.insert(format!("icon{at}.png"), pictures::icon(ICON * scale)?);
        files.insert(format!("logo{at}.png"), pictures::logo(LOGO * scale)?);
    }
    for language in &pass.programme.languages {
        files.insert(format!("{language}.lproj/pass.strings"), strings(pass, language).into_bytes());
    }
    let manifest: BTreeMap<&String, String> =
        files.iter().map(|(name, bytes)| (name, hex(&Sha1::digest(bytes)))).collect();
    let manifest = serde_json::to_vec_pretty(&manifest)?;
    let signature = cms::sign_detached(&manifest, &issuer.key, &issuer.certificate, &issuer.authority, now, random)?;
    files.insert("manifest.json".to_owned(), manifest);
    files.insert("signature".to_owned(), signature);

    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // A few kilobytes, most of them pictures that are compressed already.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in files {
        archive.start_file(name, options)?;
        archive.write_all(&bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// `pass.json`. Its texts are in English, which is how `pass.strings` finds those of another language.
fn description(pass: &Pass<'_>, issuer: &AppleIssuer) -> Value {
    let programme = name_of(pass.programme, "en");
    json!({
        "formatVersion": 1,
        "passTypeIdentifier": issuer.pass_type,
        "teamIdentifier": issuer.team,
        "serialNumber": pass.id,
        "organizationName": programme,
        "description": texts::CARD.english(),
        "logoText": programme,
        "backgroundColor": pictures::css(pictures::BACKGROUND),
        "foregroundColor": pictures::css(pictures::FOREGROUND),
        "labelColor": pictures::css(pictures::FOREGROUND),
        // Who has a copy has the number.
        "sharingProhibited": true,
        "barcodes": [{
            "format": format(pass.programme.card.symbology),
            "message": pass.card.as_str(),
            "messageEncoding": "iso-8859-1",
            "altText": pass.grouped(),
        }],
        "storeCard": {
            "primaryFields": [{ "key": "member", "label": texts::MEMBER.english(), "value": pass.name }],
            "secondaryFields": [{ "key": "number", "label": texts::NUMBER.english(), "value": pass.grouped() }],
            "auxiliaryFields": [],
            "backFields": [{ "key": "about", "label": texts::ABOUT.english(), "value": about(pass).english() }],
        },
    })
}

fn about(pass: &Pass<'_>) -> &'static texts::Text {
    if pass.is_static() { &texts::FULL } else { &texts::EARNS }
}

/// The programme's symbology where Apple draws it. EAN-13 becomes Code 128, which the same scanners read; Data Matrix becomes QR.
fn format(symbology: Symbology) -> &'static str {
    match symbology {
        Symbology::Qr | Symbology::DataMatrix => "PKBarcodeFormatQR",
        Symbology::Code128 | Symbology::Ean13 => "PKBarcodeFormatCode128",
        Symbology::Pdf417 => "PKBarcodeFormatPDF417",
        Symbology::Aztec => "PKBarcodeFormatAztec",
    }
}

/// `pass.strings` of a language, in UTF-8.
fn strings(pass: &Pass<'_>, language: &str) -> String {
    let words = [&texts::MEMBER, &texts::NUMBER, &texts::CARD, &texts::ABOUT, about(pass)];
    let words = words.map(|text| (text.english(), text.of(language)));
    let programme = (name_of(pass.programme, "en"), name_of(pass.programme, language));
    let pair = |(from, to)| format!("\"{}\" = \"{}\";", escaped(from), escaped(to));
    words.into_iter().chain([programme]).map(pair).collect::<Vec<_>>().join("\n") + "\n"
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
