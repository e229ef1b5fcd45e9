//! A pass for Google Wallet: the class of the programme and the object of a pass, as they are inserted through Google's REST API,
//! and the link with which a member saves a pass.
//!
//! The link names the object and does not carry it: an object has the key of its codes, and a link goes through the member's
//! browser and history. So the object must have been inserted before the link is opened.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use member_card::totp::TotpKey;
use serde_json::{Value, json};

use super::issuers::{GoogleIssuer, GoogleNames};
use super::texts::Text;
use super::{Pass, PassError, hex, name_of, pictures, texts};
use crate::ports::Random;
use crate::programme::{Programme, Symbology};

/// Where a link leads; it is written, and never opened here.
const SAVE: &str = "https://pay.google.com/gp/v/save/";

/// The class of all passes of the programme.
pub(crate) fn class(programme: &Programme, names: &GoogleNames) -> Value {
    let [red, green, blue] = pictures::BACKGROUND;
    let name = of_programme(programme);
    json!({
        "id": class_id(names),
        "reviewStatus": "UNDER_REVIEW",
        "issuerName": name["defaultValue"]["value"],
        "localizedIssuerName": name,
        "programName": texts::CARD.english(),
        "localizedProgramName": localised(programme, &texts::CARD),
        "programLogo": { "sourceUri": { "uri": names.logo } },
        "hexBackgroundColor": format!("#{red:02x}{green:02x}{blue:02x}"),
        "accountNameLabel": texts::MEMBER.english(),
        "localizedAccountNameLabel": localised(programme, &texts::MEMBER),
        "accountIdLabel": texts::NUMBER.english(),
        "localizedAccountIdLabel": localised(programme, &texts::NUMBER),
        // One copy for one member: the code is good once.
        "multipleDevicesAndHoldersAllowedStatus": "ONE_USER_ALL_DEVICES",
    })
}

/// The object of a pass. With `key` its code changes each minute, as the app's does; without, it is the card number.
pub(crate) fn object(pass: &Pass<'_>, names: &GoogleNames, key: Option<&TotpKey>, revoked: bool) -> Value {
    let mut object = json!({
        "id": object_id(names, pass.id),
        "classId": class_id(names),
        "state": if revoked { "INACTIVE" } else { "ACTIVE" },
        "accountName": pass.name,
        "accountId": pass.card.as_str(),
        "textModulesData": [{
            "id": "about",
            "localizedHeader": localised(pass.programme, &texts::ABOUT),
            "localizedBody": localised(pass.programme, &texts::FULL),
        }],
    });
    let number = pass.card.as_str();
    let symbology = pass.programme.card.symbology;
    // Never both: beside a code that changes, Google shows one that does not wherever it likes.
    match key {
        Some(key) => {
            object["rotatingBarcode"] = json!({
                "type": rotating_type(symbology),
                "renderEncoding": "UTF_8",
                "valuePattern": format!("{number}{{totp_value_0}}"),
                "totpDetails": {
                    "algorithm": "TOTP_SHA1",
                    "periodMillis": "60000",
                    "parameters": [{ "key": hex(key.expose()), "valueLength": 8 }],
                },
                "alternateText": number,
            });
        }
        None => {
            object["barcode"] = json!({ "type": static_type(symbology), "value": number, "alternateText": number });
        }
    }
    object
}

/// The link with which a member saves the pass `id`, signed at `now` (RS256).
pub(crate) fn link(id: &str, issuer: &GoogleIssuer, now: Timestamp, random: &dyn Random) -> Result<String, PassError> {
    let mut header = json!({ "alg": "RS256", "typ": "JWT" });
    if let Some(key_id) = &issuer.key_id {
        header["kid"] = json!(key_id);
    }
    let claims = json!({
        "iss": issuer.email,
        "aud": "google",
        "typ": "savetowallet",
        "iat": now.as_second(),
        "origins": [],
        "payload": { "loyaltyObjects": [{ "id": object_id(&issuer.names, id) }] },
    });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(issuer.key.sign(signed.as_bytes(), random)?);
    Ok(format!("{SAVE}{signed}.{signature}"))
}

fn class_id(names: &GoogleNames) -> String {
    format!("{}.{}", names.issuer, names.class)
}

fn object_id(names: &GoogleNames, id: &str) -> String {
    format!("{}.{id}", names.issuer)
}

/// Google turns codes of these two kinds only.
fn rotating_type(symbology: Symbology) -> &'static str {
    if symbology == Symbology::Pdf417 { "PDF_417" } else { "QR_CODE" }
}

fn static_type(symbology: Symbology) -> &'static str {
    match symbology {
        Symbology::Qr => "QR_CODE",
        Symbology::Code128 => "CODE_128",
        Symbology::Ean13 => "EAN_13",
        Symbology::Pdf417 => "PDF_417",
        Symbology::Aztec => "AZTEC",
        Symbology::DataMatrix => "DATA_MATRIX",
    }
}

fn of_programme(programme: &Programme) -> Value {
    localised_from(programme, |language| name_of(programme, language))
}

fn localised(programme: &Programme, text: &Text) -> Value {
    localised_from(programme, |language| text.of(language))
}

/// A `LocalizedString`: English, and the programme's other languages.
fn localised_from<'t>(programme: &Programme, of: impl Fn(&str) -> &'t str) -> Value {
    let others = programme.languages.iter().filter(|language| *language != "en");
    json!({
        "defaultValue": { "language": "en", "value": of("en") },
        "translatedValues": others
            .map(|language| json!({ "language": language, "value": of(language) }))
            .collect::<Vec<_>>(),
    })
}
