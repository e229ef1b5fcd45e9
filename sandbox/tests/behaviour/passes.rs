//! Passes for the wallets of phones: what Apple and Google document of them, who signed, what a member gets, and what a till takes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read as _};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use member_sandbox::programme::Payload;
use member_sandbox::{Programme, Storage};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use crate::harness::{Call, DAY, MINUTE, ManualClock, Reply, Session, World, of_kind};
use crate::phone::{Phone, period, unix_time};

const LANGUAGES: [&str; 5] = ["en", "pl", "cs", "ru", "lt"];

fn world(payload: Payload) -> World {
    let programme = Programme::named("market").expect("valid").with_payload(payload);
    World::with(Storage::Memory, ManualClock::new(), 1, programme)
}

fn world_drawing(symbology: &str, number_length: usize) -> World {
    let market = include_str!("../../programmes/market/programme.toml")
        .replace("symbology = \"qr\"", &format!("symbology = \"{symbology}\""))
        .replace("number_length = 16", &format!("number_length = {number_length}"));
    World::with(Storage::Memory, ManualClock::new(), 1, Programme::parse(&market).expect("valid"))
}

fn ask(world: &World, session: &Session, wallet: &str) -> Reply {
    world.send(Call::new("POST", &format!("/v1/card/passes/{wallet}")).bearer(&session.access))
}

/// The files of a pass for Apple Wallet.
fn apple(world: &World, session: &Session) -> BTreeMap<String, Vec<u8>> {
    let reply = ask(world, session, "apple").expect("200");
    assert_eq!(reply.header("content-type"), "application/vnd.apple.pkpass");
    unzip(&reply.body.expect("a whole body"))
}

fn unzip(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).expect("an archive");
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("whole");
        let name = file.name().expect("a name").into_owned();
        assert!(files.insert(name.clone(), bytes).is_none(), "{name} is there twice");
    }
    files
}

fn as_json(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Value {
    serde_json::from_slice(&files[name]).expect("JSON")
}

fn link(world: &World, session: &Session) -> String {
    let body = ask(world, session, "google").expect("200").json();
    assert_eq!(body.as_object().expect("an object").len(), 1, "{body}");
    body["save_url"].as_str().expect("a link").to_owned()
}

fn listed(world: &World) -> Value {
    world.send(Call::get("/sandbox/v1/passes")).expect("200").json()
}

/// What would be inserted at Google of the pass that was given out last.
fn object(world: &World) -> Value {
    listed(world)["passes"][0]["object"].clone()
}

fn scan(world: &World, sale: &str, payload: &str) -> Reply {
    world.scan(&world.till("old-town-1"), &world.key(), payload, sale)
}

/// What is wrong with a pass by Apple's rules for its archive: the manifest has each file but itself and the signature, with its SHA-1.
fn faults_of_manifest(files: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let manifest = as_json(files, "manifest.json");
    let manifest = manifest.as_object().expect("an object");
    let outside = ["manifest.json", "signature"];
    let there: BTreeSet<&str> = files.keys().map(String::as_str).filter(|name| !outside.contains(name)).collect();
    let named: BTreeSet<&str> = manifest.keys().map(String::as_str).collect();
    let mut faults: Vec<String> =
        there.symmetric_difference(&named).map(|name| format!("{name}: in one only")).collect();
    for name in there.intersection(&named) {
        let hash = Sha1::digest(&files[*name]).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        if manifest[*name] != hash.as_str() {
            faults.push(format!("{name}: another hash"));
        }
    }
    faults
}

#[test]
fn a_pass_for_apple_has_what_apple_documents_and_nothing_that_the_manifest_does_not_cover() {
    let world = world(Payload::Static);
    let ada = world.join("Ada");
    let files = apple(&world, &ada);
    let mut expected: BTreeSet<String> = ["pass.json", "manifest.json", "signature"].map(str::to_owned).into();
    expected.extend(LANGUAGES.map(|language| format!("{language}.lproj/pass.strings")));
    for (name, points) in [("icon", 29), ("logo", 50)] {
        for (suffix, scale) in [("", 1), ("@2x", 2), ("@3x", 3)] {
            let file = format!("{name}{suffix}.png");
            let picture = png::Decoder::new(Cursor::new(&files[&file])).read_info().expect("a picture");
            let size = (picture.info().width, picture.info().height);
            assert_eq!(size, (points * scale, points * scale), "{file}");
            expected.insert(file);
        }
    }
    assert_eq!(files.keys().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(faults_of_manifest(&files), Vec::<String>::new());

    let pass = as_json(&files, "pass.json");
    assert_eq!(pass["formatVersion"], 1);
    for key in ["passTypeIdentifier", "teamIdentifier", "serialNumber", "organizationName", "description"] {
        assert!(pass[key].as_str().is_some_and(|text| !text.is_empty()), "{key} in {pass}");
    }
    assert!(pass["passTypeIdentifier"].as_str().is_some_and(|id| id.starts_with("pass.")));
    let number = world.card_number(&ada);
    let grouped = format!("{} {} {} {}", &number[..4], &number[4..8], &number[8..12], &number[12..]);
    let barcode =
        json!({"format": "PKBarcodeFormatQR", "message": number, "messageEncoding": "iso-8859-1", "altText": grouped});
    assert_eq!(pass["barcodes"], json!([barcode]));
    assert_eq!(pass["storeCard"]["primaryFields"][0]["value"], "Ada");
    let styles = ["boardingPass", "coupon", "eventTicket", "generic", "storeCard"];
    assert_eq!(styles.iter().filter(|style| pass.get(**style).is_some()).count(), 1, "one style");
    let mut keys = BTreeSet::new();
    for (group, fields) in pass["storeCard"].as_object().expect("fields") {
        for field in fields.as_array().expect("an array") {
            assert!(
                keys.insert(field["key"].as_str().expect("a key").to_owned()),
                "{group}: a key that is there twice"
            );
            assert!(field["label"].is_string() && field["value"].is_string(), "{group}: {field}");
        }
    }
    scan(&world, "r-1", &number).expect("200");
}

#[test]
fn each_language_has_each_text_of_the_pass() {
    for payload in [Payload::Static, Payload::Rotating] {
        let world = world(payload);
        let files = apple(&world, &world.join("Ada"));
        let pass = as_json(&files, "pass.json");
        let card = &pass["storeCard"];
        let shown = [
            &pass["description"],
            &pass["logoText"],
            &card["primaryFields"][0]["label"],
            &card["secondaryFields"][0]["label"],
            &card["backFields"][0]["label"],
            &card["backFields"][0]["value"],
        ];
        for language in LANGUAGES {
            let strings = String::from_utf8(files[&format!("{language}.lproj/pass.strings")].clone()).expect("UTF-8");
            let pairs: BTreeMap<&str, &str> = strings
                .lines()
                .map(|line| {
                    let inner = line.strip_prefix('"').and_then(|line| line.strip_suffix("\";")).expect("a pair");
                    inner.split_once("\" = \"").expect("a pair")
                })
                .collect();
            for text in shown {
                let text = text.as_str().expect("text");
                let to = pairs.get(text).unwrap_or_else(|| panic!("{language}: nothing for {text:?}"));
                // The programme has its own name in Polish, Czech and Lithuanian too.
                assert!(language == "en" || *to != text || text == "Market", "{language}: {text:?} is not translated");
            }
        }
    }
}

#[test]
fn an_apple_pass_says_that_it_only_earns_where_the_cards_codes_change() {
    for (payload, earns_only) in [(Payload::Static, false), (Payload::Rotating, true), (Payload::Proof, true)] {
        let world = world(payload);
        let ada = world.join("Ada");
        let pass = as_json(&apple(&world, &ada), "pass.json");
        let number = world.card_number(&ada);
        assert_eq!(pass["barcodes"][0]["message"], number.as_str(), "the number alone, whatever the app shows");
        let about = pass["storeCard"]["backFields"][0]["value"].as_str().expect("text");
        assert_eq!(about.starts_with("With this pass you collect points."), earns_only, "{about}");
        let scanned = scan(&world, "r-1", &number).expect("200").json();
        assert_eq!(scanned["may_spend"], !earns_only);
    }
}

#[test]
fn the_symbology_is_the_programmes_where_the_wallet_draws_it() {
    let cases = [
        ("qr", 16, "PKBarcodeFormatQR", "QR_CODE"),
        ("code128", 16, "PKBarcodeFormatCode128", "CODE_128"),
        ("ean13", 13, "PKBarcodeFormatCode128", "EAN_13"),
        ("pdf417", 16, "PKBarcodeFormatPDF417", "PDF_417"),
        ("aztec", 16, "PKBarcodeFormatAztec", "AZTEC"),
        ("data-matrix", 16, "PKBarcodeFormatQR", "DATA_MATRIX"),
    ];
    for (symbology, length, of_apple, of_google) in cases {
        let world = world_drawing(symbology, length);
        let ada = world.join("Ada");
        assert_eq!(as_json(&apple(&world, &ada), "pass.json")["barcodes"][0]["format"], of_apple);
        world.clock.advance(MINUTE);
        link(&world, &ada);
        let object = object(&world);
        assert_eq!(object["barcode"]["type"], of_google);
        assert_eq!(object["barcode"]["value"], world.card_number(&ada).as_str());
        assert!(object.get("rotatingBarcode").is_none());
    }
}

/// `openssl` with these arguments in a folder: its output, or what it says is wrong. `cargo xtask test rust` sees to it that it is there.
fn openssl(folder: &std::path::Path, arguments: &[&str]) -> Result<String, String> {
    let output =
        Command::new("openssl").args(arguments).current_dir(folder).output().expect("the program openssl runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn another_verifier_takes_the_signature_and_finds_a_changed_byte() {
    let world = world(Payload::Static);
    let ada = world.join("Ada");
    let files = apple(&world, &ada);
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("written");
    put("manifest.json", &files["manifest.json"]);
    put("signature", &files["signature"]);
    put("authority.pem", listed(&world)["apple_authority"].as_str().expect("a certificate").as_bytes());
    let now = unix_time(&world).seconds().to_string();
    let verify = |manifest: &str, signature: &str| {
        let of =
            ["cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", manifest, "-attime", &now];
        openssl(folder.path(), &[&of[..], &["-CAfile", "authority.pem", "-purpose", "any", "-out", "content"]].concat())
    };
    verify("manifest.json", "signature").expect("signed by who is trusted");

    let mut changed = files["manifest.json"].clone();
    *changed.last_mut().expect("a byte") ^= 1;
    put("changed.json", &changed);
    let fault = verify("changed.json", "signature").expect_err("changed");
    assert!(fault.contains("content verify error"), "{fault}");
    let mut changed = files["signature"].clone();
    *changed.last_mut().expect("a byte") ^= 1;
    put("changed", &changed);
    verify("manifest.json", "changed").expect_err("changed");
    let mut changed = files.clone();
    changed.get_mut("icon.png").expect("there")[40] ^= 1;
    assert_eq!(faults_of_manifest(&changed), ["icon.png: another hash"]);

    let print = ["cms", "-cmsout", "-print", "-inform", "DER", "-in", "signature"];
    let printed = openssl(folder.path(), &print).expect("printed");
    assert!(printed.contains("signingTime") && printed.contains("Nov 22 10:00:00 2026 GMT"), "{printed}");
    let pass = as_json(&files, "pass.json");
    let names: Vec<_> = printed.lines().filter(|line| line.contains("subject:")).collect();
    let of = |what: &str| pass[what].as_str().expect("text").to_owned();
    let is_leaf = |line: &&&str| line.contains(&of("passTypeIdentifier")) && line.contains(&of("teamIdentifier"));
    assert_eq!((names.len(), names.iter().filter(is_leaf).count()), (2, 1), "{names:?}");
}

#[test]
fn a_member_has_one_pass_of_each_kind_however_often_she_asks_and_wherever() {
    let world = world(Payload::Rotating);
    let phone = Phone::new(&world, "Ada", 7);
    let serial = |session: &Session| as_json(&apple(&world, session), "pass.json")["serialNumber"].clone();
    let id = |session: &Session| claims(&link(&world, session))["payload"]["loyaltyObjects"].clone();
    let (first, saved) = (serial(&phone.session), id(&phone.session));
    world.clock.advance(MINUTE);
    assert_eq!((serial(&phone.session), id(&phone.session)), (first.clone(), saved.clone()));
    let tablet = world.join("Ada");
    assert_eq!((serial(&tablet), id(&tablet)), (first.clone(), saved.clone()));
    let numbers = |passes: &Value| {
        let passes = passes["passes"].as_array().expect("passes").iter();
        passes.map(|pass| pass["device"].as_u64().expect("a number")).collect::<BTreeSet<_>>()
    };
    assert_eq!(numbers(&listed(&world)), BTreeSet::from([2, 3]), "beside the phone, which is 1");
    let bob = world.join("Bob");
    assert_ne!((serial(&bob), id(&bob)), (first, saved));
}

/// The claims of a link.
fn claims(link: &str) -> Value {
    let jwt = link.strip_prefix("https://pay.google.com/gp/v/save/").expect("Google's place");
    let part = jwt.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("JSON")
}

#[test]
fn a_link_for_google_names_the_object_and_is_signed_with_the_accounts_key() {
    let world = world(Payload::Rotating);
    let ada = world.join("Ada");
    let link = link(&world, &ada);
    let jwt = link.strip_prefix("https://pay.google.com/gp/v/save/").expect("Google's place");
    let parts: Vec<&str> = jwt.split('.').collect();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).expect("base64url")).expect("JSON");
    assert_eq!(header, json!({"alg": "RS256", "typ": "JWT"}));
    let id = object(&world)["id"].clone();
    let expected = json!({
        "iss": "passes@sandbox.invalid", "aud": "google", "typ": "savetowallet", "iat": world.now().as_second(),
        "origins": [], "payload": {"loyaltyObjects": [{"id": id}]},
    });
    assert_eq!(claims(&link), expected);
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    assert!(id.as_str().is_some_and(|id| id.bytes().all(allowed) && id.split('.').count() == 2), "{id}");

    let folder = tempfile::tempdir().expect("a folder");
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("written");
    put("key.pem", listed(&world)["google_key"].as_str().expect("a key").as_bytes());
    put("signed", format!("{}.{}", parts[0], parts[1]).as_bytes());
    put("changed", format!("{}.{}x", parts[0], parts[1]).as_bytes());
    put("signature", &URL_SAFE_NO_PAD.decode(parts[2]).expect("base64url"));
    let verify = |what: &str| {
        openssl(folder.path(), &["dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", what])
    };
    verify("signed").expect("signed with that key");
    verify("changed").expect_err("changed");
}

#[test]
fn what_is_inserted_at_google_is_as_its_reference_has_it() {
    let world = world(Payload::Rotating);
    let ada = world.join("Ada");
    link(&world, &ada);
    let all = listed(&world);
    let class = &all["google_class"];
    for required in ["id", "issuerName", "programName", "reviewStatus"] {
        assert!(class[required].as_str().is_some_and(|text| !text.is_empty()), "{required} in {class}");
    }
    assert!(class["programLogo"]["sourceUri"]["uri"].as_str().is_some_and(|uri| uri.starts_with("https://")));
    let translated = |text: &Value| {
        assert_eq!(text["defaultValue"]["language"], "en");
        let others = text["translatedValues"].as_array().expect("others").iter();
        let others: Vec<_> = others.map(|one| one["language"].as_str().expect("a language").to_owned()).collect();
        assert_eq!(others, LANGUAGES[1..]);
    };
    for text in ["localizedIssuerName", "localizedProgramName", "localizedAccountNameLabel", "localizedAccountIdLabel"]
    {
        translated(&class[text]);
    }
    let object = &all["passes"][0]["object"];
    assert_eq!((&object["classId"], &object["state"]), (&class["id"], &json!("ACTIVE")));
    translated(&object["textModulesData"][0]["localizedHeader"]);
    translated(&object["textModulesData"][0]["localizedBody"]);
    assert!(object.get("barcode").is_none(), "a static one beside it undoes the other");
    let number = world.card_number(&ada);
    let mut barcode = object["rotatingBarcode"].clone();
    let key = barcode["totpDetails"]["parameters"][0]["key"].take();
    assert!(key.as_str().is_some_and(|key| key.len() == 40 && key.bytes().all(|byte| byte.is_ascii_hexdigit())));
    let expected = json!({
        "type": "QR_CODE", "renderEncoding": "UTF_8", "valuePattern": format!("{number}{{totp_value_0}}"),
        "totpDetails": {
            "algorithm": "TOTP_SHA1", "periodMillis": "60000", "parameters": [{"key": null, "valueLength": 8}],
        },
        "alternateText": number,
    });
    assert_eq!(barcode, expected);
}

/// What Google Wallet shows at a time: RFC 6238, with nothing but what the object says.
fn shown_by_google(object: &Value, unix_millis: u64) -> String {
    let barcode = &object["rotatingBarcode"];
    let details = &barcode["totpDetails"];
    assert_eq!(details["algorithm"], "TOTP_SHA1");
    let period: u64 = details["periodMillis"].as_str().and_then(|text| text.parse().ok()).expect("a period");
    let mut shown = barcode["valuePattern"].as_str().expect("a pattern").to_owned();
    for (index, parameter) in details["parameters"].as_array().expect("parameters").iter().enumerate() {
        let key = parameter["key"].as_str().expect("a key");
        let key: Vec<u8> =
            (0..key.len()).step_by(2).map(|at| u8::from_str_radix(&key[at..at + 2], 16).expect("hex")).collect();
        let mut mac = Hmac::<Sha1>::new_from_slice(&key).expect("any length");
        mac.update(&(unix_millis / period).to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 15);
        let number = u32::from_be_bytes(hash[at..at + 4].try_into().expect("4 bytes")) & 0x7fff_ffff;
        let length = usize::try_from(parameter["valueLength"].as_u64().expect("a length")).expect("small");
        let code = u64::from(number) % 10_u64.pow(u32::try_from(length).expect("small"));
        shown = shown.replace(&format!("{{totp_value_{index}}}"), &format!("{code:0length$}"));
    }
    shown
}

#[test]
fn the_code_that_google_shows_is_good_at_the_till_until_the_pass_is_revoked() {
    for payload in [Payload::Rotating, Payload::Proof] {
        let world = world(payload);
        let phone = Phone::new(&world, "Ada", 7);
        link(&world, &phone.session);
        let pass = object(&world);
        let shown = |pass: &Value| shown_by_google(pass, unix_time(&world).seconds() * 1000 + 999);
        let answer = scan(&world, "r-1", &shown(&pass)).expect("200").json();
        assert_eq!((&answer["payload"], &answer["verified"]), (&json!("rotating"), &json!(true)));
        assert_eq!(answer["may_spend"], true);
        // It counts as the pass's code, so the phone's of the same minute is still good.
        let (changes, _) = world.snapshot(&phone.session, 500);
        let codes: Vec<_> = of_kind(&changes, "code").iter().map(|change| change["id"].clone()).collect();
        assert_eq!(codes, [json!("2")]);
        scan(&world, "r-2", &shown(&pass)).expect("409 code-used");
        scan(&world, "r-2", &phone.rotating(period(&world))).expect("200");

        world.sandbox_post("/sandbox/v1/revoke", &json!({"member": phone.session.member, "device": 2}));
        world.clock.advance(MINUTE * 2);
        scan(&world, "r-3", &shown(&pass)).expect("409 card-revoked");
        scan(&world, "r-3", &phone.rotating(period(&world))).expect("200");
        assert_eq!(object(&world)["state"], "INACTIVE");
        // Who asks again gets another pass.
        link(&world, &phone.session);
        let next = object(&world);
        assert_ne!(next["id"], pass["id"]);
        scan(&world, "r-4", &shown(&next)).expect("200");
        scan(&world, "r-5", &shown(&pass)).expect("409 card-revoked");
    }
}

/// Whether bytes hold a key: as they are, or as text in the ways in which keys are written.
fn holds(bytes: &[u8], key: &[u8]) -> bool {
    let hex = key.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let mut forms: Vec<Vec<u8>> = vec![key.to_vec(), hex.to_uppercase().into_bytes(), hex.into_bytes()];
    for encoding in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        // Within a longer text the key begins at one of three places; what is around it changes the characters at its ends.
        forms.extend((0..3).map(|before| {
            let text = encoding.encode([&[0; 2][..before], key].concat());
            let (first, last) = (if before == 0 { 0 } else { before + 1 }, key.len().saturating_add(before) / 3 * 4);
            text.as_bytes()[first..last].to_vec()
        }));
    }
    forms.iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
}

#[test]
fn no_key_of_a_pass_is_in_anything_that_the_members_app_receives() {
    let world = world(Payload::Rotating);
    let ada = world.join("Ada");
    let link = link(&world, &ada);
    let pass = ask(&world, &ada, "apple").expect("200").body.expect("a whole body");
    world.clock.advance(MINUTE);
    let shown = shown_by_google(&object_of(&world, "google"), unix_time(&world).seconds() * 1000);
    scan(&world, "r-1", &shown).expect("200");
    let (changes, cursor) = world.snapshot(&ada, 500);

    let mut received = vec![link.clone().into_bytes(), pass.to_vec(), cursor.into_bytes()];
    received.extend(link.split(['/', '.']).filter_map(|part| URL_SAFE_NO_PAD.decode(part).ok()));
    received.extend(unzip(&pass).into_values());
    received.extend(changes.iter().map(|change| change.to_string().into_bytes()));
    let object = object_of(&world, "google");
    let key = object["rotatingBarcode"]["totpDetails"]["parameters"][0]["key"].as_str().expect("a key");
    let bytes: Vec<u8> = (0..40).step_by(2).map(|at| u8::from_str_radix(&key[at..at + 2], 16).expect("hex")).collect();
    for one in &received {
        assert!(!holds(one, &bytes), "{}", String::from_utf8_lossy(one));
    }

    // It would be found.
    assert!(holds(object.to_string().as_bytes(), &bytes));
    for before in 0..3 {
        let around = [&[9; 3][..before], &bytes[..], &[9; 2]].concat();
        assert!(holds(&around, &bytes));
        assert!(holds(STANDARD.encode(&around).as_bytes(), &bytes), "after {before} bytes");
        assert!(holds(URL_SAFE_NO_PAD.encode(&around).as_bytes(), &bytes), "after {before} bytes");
    }
}

#[test]
fn a_pass_of_a_static_card_turns_its_code_once_the_programmes_cards_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let opened = |payload: Payload| {
        let programme = Programme::named("market").expect("valid").with_payload(payload);
        World::with(Storage::File(folder.path().join("sandbox.db")), ManualClock::new(), 1, programme)
    };
    let world = opened(Payload::Static);
    let ada = world.join("Ada");
    link(&world, &ada);
    let before = object(&world);
    assert_eq!(before["barcode"]["value"], world.card_number(&ada).as_str());
    drop(world);

    let world = opened(Payload::Rotating);
    link(&world, &ada);
    let after = object(&world);
    assert_eq!((&after["id"], after.get("barcode")), (&before["id"], None));
    scan(&world, "r-1", &shown_by_google(&after, unix_time(&world).seconds() * 1000)).expect("200");
}

#[test]
fn nothing_is_signed_with_a_certificate_that_has_run_out() {
    let world = world(Payload::Static);
    world.clock.advance(DAY * 366 * 11);
    ask(&world, &world.join("Ada"), "apple").expect("503 unavailable");

    // What was made on the spot is made again.
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::issuing(&folder.path().join("sandbox.db"));
    let authority = |world: &World| {
        apple(world, &world.join("Ada"));
        listed(world)["apple_authority"].clone()
    };
    let first = authority(&world);
    world.clock.advance(DAY * 366 * 11);
    assert_ne!(authority(&world), first);
}

fn object_of(world: &World, wallet: &str) -> Value {
    let all = listed(world);
    let pass = all["passes"].as_array().expect("passes").iter().find(|pass| pass["wallet"] == wallet);
    pass.expect("a pass")["object"].clone()
}

#[test]
fn passes_outlive_sessions_and_restarts_and_end_with_the_card() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sandbox.db");
    let world = World::issuing(&path);
    let ada = world.join("Ada");
    let before = apple(&world, &ada);
    link(&world, &ada);
    let (authority, key) = (listed(&world)["apple_authority"].clone(), listed(&world)["google_key"].clone());
    drop(world);

    let world = World::issuing(&path);
    assert_eq!(apple(&world, &ada), before, "the same bytes, at the same time");
    link(&world, &ada);
    let all = listed(&world);
    assert_eq!((&all["apple_authority"], &all["google_key"]), (&authority, &key));
    assert!(authority.is_string() && key.is_string());
    let fields = [("token", ada.refresh.as_str()), ("client_id", "member-app")];
    world.send(Call::form("/v1/auth/revoke", &fields)).expect("200");
    ask(&world, &ada, "apple").expect("401 unauthorized");
    let again = world.join("Ada");
    assert_eq!(as_json(&apple(&world, &again), "pass.json"), as_json(&before, "pass.json"));
    world.sandbox_post("/sandbox/v1/revoke", &json!({"member": again.member, "card": true, "sessions": false}));
    ask(&world, &again, "apple").expect("409 card-revoked");
    ask(&world, &again, "google").expect("409 card-revoked");
    assert_eq!(object_of(&world, "google")["state"], "INACTIVE");
}
