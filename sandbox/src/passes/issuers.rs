//! Who issues passes: the credentials that Apple and Google gave to a developer, read from a folder and checked, or others that
//! are made on the spot and that no phone accepts.
//!
//! Where those are kept is not known here.

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use x509_cert::Certificate;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::oid::db::rfc4519;
use x509_cert::der::{Decode as _, DecodePem as _, Encode as _, EncodePem as _};

use super::key::RsaKey;
use super::{PassError, cms};
use crate::ports::Random;
use crate::programme::Programme;

/// The file of a folder with credentials.
const FILE: &str = "passes.toml";
/// The largest file of it, in bytes.
const MAX_FILE: u64 = 64 * 1024;

const TEST_TEAM: &str = "TESTTEAM01";
const TEST_PASS_TYPE: &str = "pass.invalid.member.loyalty";
const TEST_ACCOUNT: &str = "passes@sandbox.invalid";

/// The credentials with which passes are issued. Where those of Apple or Google are missing, the sandbox makes its own; passes
/// with these are whole and can be checked, but no phone takes them.
#[derive(Clone, Default)]
pub struct PassIssuers {
    pub(crate) apple: Option<AppleIssuer>,
    pub(crate) google: Option<GoogleIssuer>,
}

impl fmt::Debug for PassIssuers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PassIssuers")
            .field("apple", &self.apple.as_ref().map(|apple| &apple.pass_type))
            .field("google", &self.google.as_ref().map(|google| &google.names.issuer))
            .finish()
    }
}

/// Who signs Apple's passes.
#[derive(Clone)]
pub(crate) struct AppleIssuer {
    pub(crate) pass_type: String,
    pub(crate) team: String,
    pub(crate) key: RsaKey,
    /// Of the pass type, issued by `authority`.
    pub(crate) certificate: Certificate,
    /// Apple's own (WWDR).
    pub(crate) authority: Certificate,
}

/// Who signs Google's links.
#[derive(Clone)]
pub(crate) struct GoogleIssuer {
    pub(crate) names: GoogleNames,
    /// The service account's address.
    pub(crate) email: String,
    pub(crate) key_id: Option<String>,
    pub(crate) key: RsaKey,
}

/// Under which names Google knows the passes.
#[derive(Clone)]
pub(crate) struct GoogleNames {
    pub(crate) issuer: String,
    pub(crate) class: String,
    /// Where Google fetches the logo.
    pub(crate) logo: String,
}

/// Why a folder with credentials cannot be used. Who gave it is at fault.
#[derive(Debug, thiserror::Error)]
pub enum PassConfigError {
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// `passes.toml` is not TOML, or a field is missing, unknown or of the wrong type.
    #[error("passes.toml is not well formed: {0}")]
    Syntax(#[from] toml::de::Error),
    /// The files can be read, and do not fit; every fault is listed, and none repeats what is secret.
    #[error("the credentials for passes cannot be used:\n- {}", .0.join("\n- "))]
    Invalid(Vec<String>),
    /// Credentials of tests could not be made.
    #[error("credentials for tests cannot be made")]
    Made(#[source] Box<dyn std::error::Error + Send + Sync>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    apple: Option<AppleFile>,
    google: Option<GoogleFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppleFile {
    team: String,
    pass_type: String,
    certificate: PathBuf,
    key: PathBuf,
    authority: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoogleFile {
    issuer: String,
    class: String,
    logo: String,
    service_account: PathBuf,
}

/// What of a service account's file is needed; Google's has more.
#[derive(Deserialize)]
struct ServiceAccount {
    client_email: String,
    private_key_id: Option<String>,
    private_key: String,
}

impl PassIssuers {
    /// Credentials of tests, good from `now` on: for who opens many sandboxes and would make them for each, which takes a moment.
    pub fn for_tests(
        programme: &Programme,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<PassIssuers, PassConfigError> {
        let made = || {
            let google = GoogleIssuer::for_tests(&programme.id, RsaKey::generate(random)?);
            Ok(PassIssuers { apple: Some(AppleIssuer::for_tests(now, random)?), google: Some(google) })
        };
        made().map_err(|error: PassError| PassConfigError::Made(Box::new(error)))
    }

    /// The credentials of `passes.toml` in `folder`, checked as of `now`. Paths in it are relative to the folder.
    pub fn from_folder(folder: &Path, now: Timestamp) -> Result<PassIssuers, PassConfigError> {
        let File { apple, google } = toml::from_str(&read(&folder.join(FILE))?)?;
        let mut faults = Vec::new();
        if apple.is_none() && google.is_none() {
            faults.push(format!("{FILE} has neither [apple] nor [google]"));
        }
        let apple = apple.map(|file| file.load(folder, now, &mut faults)).transpose()?.flatten();
        let google = google.map(|file| file.load(folder, &mut faults)).transpose()?.flatten();
        if faults.is_empty() { Ok(PassIssuers { apple, google }) } else { Err(PassConfigError::Invalid(faults)) }
    }
}

fn read(path: &Path) -> Result<String, PassConfigError> {
    let text = std::fs::metadata(path).and_then(|found| {
        if found.len() > MAX_FILE {
            return Err(std::io::Error::other(format!("it has more than {MAX_FILE} bytes")));
        }
        std::fs::read_to_string(path)
    });
    text.map_err(|source| PassConfigError::Read { path: path.to_owned(), source })
}

impl AppleFile {
    fn load(
        self,
        folder: &Path,
        now: Timestamp,
        faults: &mut Vec<String>,
    ) -> Result<Option<AppleIssuer>, PassConfigError> {
        let AppleFile { team, pass_type, certificate, key, authority } = self;
        let mut certificate_of = |path: &Path, what: &str| {
            let found = Certificate::from_pem(read(&folder.join(path))?);
            Ok::<_, PassConfigError>(
                found.map_err(|_| faults.push(format!("[apple] {what}: not a certificate in PEM"))).ok(),
            )
        };
        let certificate = certificate_of(&certificate, "certificate")?;
        let authority = certificate_of(&authority, "authority")?;
        let key = RsaKey::from_pem(&read(&folder.join(key))?);
        let key = key.map_err(|fault| faults.push(format!("[apple] key: {fault}"))).ok();
        let (Some(certificate), Some(authority), Some(key)) = (certificate, authority, key) else { return Ok(None) };

        let before = faults.len();
        let mut ensure = |holds: bool, fault: &str| {
            if !holds {
                faults.push(format!("[apple] {fault}"));
            }
        };
        let of = certificate.tbs_certificate();
        ensure(key.public().is_ok_and(|public| public == *of.subject_public_key_info()), "key: not of the certificate");
        ensure(of.issuer() == authority.tbs_certificate().subject(), "authority: it did not issue the certificate");
        ensure(
            named(&certificate, rfc4519::UID).as_ref() == Some(&pass_type),
            "pass_type: the certificate is for another",
        );
        ensure(named(&certificate, rfc4519::OU).as_ref() == Some(&team), "team: the certificate is of another");
        ensure(is_good(&certificate, now), "certificate: it has run out, or is not good yet");
        ensure(is_good(&authority, now), "authority: it has run out, or is not good yet");
        let is_fine = faults.len() == before;
        Ok(is_fine.then_some(AppleIssuer { pass_type, team, key, certificate, authority }))
    }
}

impl GoogleFile {
    fn load(self, folder: &Path, faults: &mut Vec<String>) -> Result<Option<GoogleIssuer>, PassConfigError> {
        let GoogleFile { issuer, class, logo, service_account } = self;
        let before = faults.len();
        let mut ensure = |holds: bool, fault: &str| {
            if !holds {
                faults.push(format!("[google] {fault}"));
            }
        };
        let is_number = !issuer.is_empty() && issuer.len() <= 32 && issuer.bytes().all(|byte| byte.is_ascii_digit());
        ensure(is_number, "issuer: expected digits");
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        ensure(
            (1..=64).contains(&class.len()) && class.bytes().all(is_plain),
            "class: expected 1 to 64 of A-Z a-z 0-9 . _ -",
        );
        ensure(logo.starts_with("https://"), "logo: expected a URL of https");
        let account = json::<ServiceAccount>(&read(&folder.join(service_account))?);
        let Some(account) = account else {
            ensure(false, "service_account: not the JSON of a service account");
            return Ok(None);
        };
        match RsaKey::from_pem(&account.private_key) {
            Err(fault) => ensure(false, &format!("service_account, private_key: {fault}")),
            Ok(key) if faults.len() == before => {
                let names = GoogleNames { issuer, class, logo };
                let (email, key_id) = (account.client_email, account.private_key_id);
                return Ok(Some(GoogleIssuer { names, email, key_id, key }));
            }
            Ok(_) => {}
        }
        Ok(None)
    }
}

fn json<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// What a certificate's subject has under this name.
fn named(certificate: &Certificate, name: ObjectIdentifier) -> Option<String> {
    let found = certificate.tbs_certificate().subject().iter().find(|part| part.oid == name)?;
    String::from_utf8(found.value.value().to_vec()).ok()
}

fn is_good(certificate: &Certificate, now: Timestamp) -> bool {
    let validity = certificate.tbs_certificate().validity();
    let seconds = |time: &x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
    (seconds(&validity.not_before)..=seconds(&validity.not_after)).contains(&now.as_second())
}

impl AppleIssuer {
    /// An issuer of tests. Its certificates are good from `now` on for longer than any test lasts.
    pub(crate) fn for_tests(now: Timestamp, random: &dyn Random) -> Result<AppleIssuer, PassError> {
        let key = RsaKey::generate(random)?;
        let (certificate, authority) = cms::test_certificates(&key, TEST_PASS_TYPE, TEST_TEAM, now, random)?;
        Ok(AppleIssuer::of_test(key, certificate, authority))
    }

    /// The issuer of tests that was made before.
    pub(crate) fn read(key: &[u8], certificate: &[u8], authority: &[u8]) -> Result<AppleIssuer, PassError> {
        let (certificate, authority) = (Certificate::from_der(certificate)?, Certificate::from_der(authority)?);
        Ok(AppleIssuer::of_test(RsaKey::from_der(key)?, certificate, authority))
    }

    fn of_test(key: RsaKey, certificate: Certificate, authority: Certificate) -> AppleIssuer {
        AppleIssuer { pass_type: TEST_PASS_TYPE.to_owned(), team: TEST_TEAM.to_owned(), key, certificate, authority }
    }

    /// Whether a phone whose clock shows `now` can take what is signed.
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        is_good(&self.certificate, now) && is_good(&self.authority, now)
    }

    /// Certificate and authority in DER.
    pub(crate) fn certificates(&self) -> Result<(Vec<u8>, Vec<u8>), PassError> {
        Ok((self.certificate.to_der()?, self.authority.to_der()?))
    }

    /// What a verifier has to trust, in PEM.
    pub(crate) fn authority_pem(&self) -> Result<String, PassError> {
        Ok(self.authority.to_pem(x509_cert::der::pem::LineEnding::LF)?)
    }
}

impl GoogleNames {
    /// The names of tests. No issuer of Google's has this number.
    pub(crate) fn for_tests(programme: &str) -> GoogleNames {
        GoogleNames {
            issuer: "0".repeat(19),
            class: programme.replace(':', "_"),
            logo: "https://loyalty.invalid/logo.png".to_owned(),
        }
    }
}

impl GoogleIssuer {
    pub(crate) fn for_tests(programme: &str, key: RsaKey) -> GoogleIssuer {
        let names = GoogleNames::for_tests(programme);
        GoogleIssuer { names, email: TEST_ACCOUNT.to_owned(), key_id: None, key }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::OnceLock;

    use serde_json::json;
    use tempfile::TempDir;

    use super::*;
    use crate::ports::SystemRandom;

    const TOML: &str = r#"
        [apple]
        team = "TESTTEAM01"
        pass_type = "pass.invalid.member.loyalty"
        certificate = "pass.pem"
        key = "pass.key"
        authority = "wwdr.pem"

        [google]
        issuer = "3388000000012345678"
        class = "loyalty-2026"
        logo = "https://loyalty.example/logo.png"
        service_account = "account.json"
    "#;

    fn now() -> Timestamp {
        "2026-11-22T10:00:00Z".parse().expect("a time")
    }

    fn made() -> &'static PassIssuers {
        static MADE: OnceLock<PassIssuers> = OnceLock::new();
        MADE.get_or_init(|| {
            let market = Programme::named("market").expect("valid");
            PassIssuers::for_tests(&market, now(), &SystemRandom).expect("made")
        })
    }

    /// What Apple and Google would have given.
    fn folder() -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
        let (apple, google) = (made().apple.as_ref().expect("made"), made().google.as_ref().expect("made"));
        put("passes.toml", TOML);
        put("pass.pem", &apple.certificate.to_pem(x509_cert::der::pem::LineEnding::LF).expect("PEM"));
        put("pass.key", &apple.key.to_pem());
        put("wwdr.pem", &apple.authority_pem().expect("PEM"));
        let account = json!({
            "type": "service_account", "client_email": "passes@example.org", "private_key_id": "k1",
            "private_key": google.key.to_pem(),
        });
        put("account.json", &account.to_string());
        folder
    }

    #[test]
    fn credentials_that_fit_are_taken() {
        let folder = folder();
        let issuers = PassIssuers::from_folder(folder.path(), now()).expect("they fit");
        let (apple, google) = (issuers.apple.expect("Apple's"), issuers.google.expect("Google's"));
        assert_eq!((apple.team.as_str(), apple.pass_type.as_str()), (TEST_TEAM, TEST_PASS_TYPE));
        assert_eq!((google.email.as_str(), google.key_id.as_deref()), ("passes@example.org", Some("k1")));
        assert_eq!(
            (google.names.issuer.as_str(), google.names.class.as_str()),
            ("3388000000012345678", "loyalty-2026")
        );
        // One of the two is enough.
        let (of_apple, of_google) = TOML.split_once("[google]").expect("two parts");
        for (text, there) in [(of_apple, (true, false)), (&format!("[google]{of_google}"), (false, true))] {
            fs::write(folder.path().join(FILE), text).expect("written");
            let issuers = PassIssuers::from_folder(folder.path(), now()).expect("they fit");
            assert_eq!((issuers.apple.is_some(), issuers.google.is_some()), there);
        }
    }

    /// With one file changed, what is said.
    fn refused(file: &str, from: &str, to: &str) -> String {
        let folder = folder();
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).expect("there");
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(&path, text.replacen(from, to, 1)).expect("written");
        PassIssuers::from_folder(folder.path(), now()).expect_err("it does not fit").to_string()
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let cases = [
            ("passes.toml", "TESTTEAM01", "OTHERTEAM1", "[apple] team: the certificate is of another"),
            ("passes.toml", "pass.invalid", "pass.other", "[apple] pass_type: the certificate is for another"),
            ("passes.toml", "\"wwdr.pem\"", "\"pass.pem\"", "[apple] authority: it did not issue the certificate"),
            ("passes.toml", "\"pass.key\"", "\"pass.pem\"", "[apple] key: it is not an RSA private key in PEM"),
            ("passes.toml", "\"pass.pem\"", "\"pass.key\"", "[apple] certificate: not a certificate in PEM"),
            ("passes.toml", "\"pass.pem\"", "\"nowhere.pem\"", "nowhere.pem"),
            ("passes.toml", "3388000000012345678", "my issuer", "[google] issuer: expected digits"),
            ("passes.toml", "loyalty-2026", "loyalty 2026", "[google] class: expected 1 to 64 of"),
            ("passes.toml", "https://", "http://", "[google] logo: expected a URL of https"),
            ("passes.toml", "class =", "clas =", "unknown field `clas`"),
            ("account.json", "client_email", "email", "[google] service_account: not the JSON of a service account"),
            (
                "account.json",
                "PRIVATE KEY",
                "KEY",
                "[google] service_account, private_key: it is not an RSA private key",
            ),
        ];
        for (file, from, to, fault) in cases {
            let said = refused(file, from, to);
            assert!(said.contains(fault), "{said}");
            assert!(!said.contains("MII"), "a secret: {said}");
        }
        let other = RsaKey::generate(&SystemRandom).expect("made").to_pem();
        let ours = made().apple.as_ref().expect("made").key.to_pem();
        assert!(refused("pass.key", &ours, &other).contains("[apple] key: not of the certificate"));
        assert!(refused("passes.toml", TOML, "").contains("neither [apple] nor [google]"));
    }

    #[test]
    fn a_certificate_that_has_run_out_is_found_at_the_start() {
        let folder = folder();
        let later = now() + jiff::SignedDuration::from_hours(24 * 366 * 11);
        let said = PassIssuers::from_folder(folder.path(), later).expect_err("too old").to_string();
        assert!(said.contains("[apple] certificate: it has run out"), "{said}");
        assert!(said.contains("[apple] authority: it has run out"), "{said}");
    }

    #[test]
    fn keys_are_not_in_debug() {
        assert_eq!(
            format!("{:?}", made()),
            format!("PassIssuers {{ apple: Some({TEST_PASS_TYPE:?}), google: Some(\"0000000000000000000\") }}")
        );
    }
}
