//! Detached signatures of Apple's passes (CMS, RFC 5652), and the certificates that stand in for Apple's in tests.

use std::str::FromStr as _;
use std::time::Duration;

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo};
use jiff::{SignedDuration, Timestamp};
use rsa::sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::builder::profile::{BuilderProfile, cabf::Root, devid::DevId};
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::der::asn1::{GeneralizedTime, OctetString, SetOfVec, UtcTime};
use x509_cert::der::oid::db::{rfc5911, rfc5912};
use x509_cert::der::{Any, Encode};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, ObjectIdentifier};
use x509_cert::time::{Time, Validity};

use super::PassError;
use super::key::{Drawn, RsaKey};
use crate::ports::Random;

/// How long a certificate of a test is good: longer than the sandbox's clock runs ahead at most.
const TEST_YEARS: i64 = 11;

/// Signs `content`, which is not in the result. Apple asks for the signing time, and for both certificates.
pub(super) fn sign_detached(
    content: &[u8],
    key: &RsaKey,
    certificate: &Certificate,
    authority: &Certificate,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Vec<u8>, PassError> {
    let attributes = SetOfVec::try_from(vec![
        attribute(rfc5911::ID_CONTENT_TYPE, &rfc5911::ID_DATA)?,
        attribute(rfc5911::ID_SIGNING_TIME, &time(now)?)?,
        attribute(rfc5911::ID_MESSAGE_DIGEST, &OctetString::new(Sha256::digest(content).as_slice())?)?,
    ])?;
    let signature = key.sign(&attributes.to_der()?, random)?;
    let digest = AlgorithmIdentifierOwned { oid: rfc5912::ID_SHA_256, parameters: None };
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: certificate.tbs_certificate().issuer().clone(),
            serial_number: certificate.tbs_certificate().serial_number().clone(),
        }),
        digest_alg: digest.clone(),
        signed_attrs: Some(attributes),
        signature_algorithm: AlgorithmIdentifierOwned { oid: rfc5912::RSA_ENCRYPTION, parameters: Some(Any::null()) },
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let certificates = [certificate, authority].map(|one| CertificateChoices::Certificate(one.clone()));
    let content = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![digest])?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: rfc5911::ID_DATA, econtent: None },
        certificates: Some(Vec::from(certificates).try_into()?),
        crls: None,
        signer_infos: vec![signer].try_into()?,
    };
    Ok(ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content: Any::encode_from(&content)? }.to_der()?)
}

fn attribute(oid: ObjectIdentifier, value: &impl AnyValue) -> Result<Attribute, PassError> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value.any()?])? })
}

/// What an attribute can hold.
trait AnyValue {
    fn any(&self) -> Result<Any, PassError>;
}

impl<T: Encode> AnyValue for T {
    fn any(&self) -> Result<Any, PassError> {
        use x509_cert::der::Decode as _;
        Ok(Any::from_der(&self.to_der()?)?)
    }
}

/// As RFC 5652 writes it: with two digits of the year until 2049.
fn time(at: Timestamp) -> Result<Time, PassError> {
    let since = Duration::from_secs(u64::try_from(at.as_second()).unwrap_or_default());
    match UtcTime::from_unix_duration(since) {
        Ok(time) => Ok(Time::UtcTime(time)),
        Err(_) => Ok(Time::GeneralTime(GeneralizedTime::from_unix_duration(since)?)),
    }
}

/// A certificate of a test for `pass_type` and `team`, with the authority that issued it: named as Apple names theirs, and trusted
/// by nobody. The authority's key is forgotten.
pub(super) fn test_certificates(
    key: &RsaKey,
    pass_type: &str,
    team: &str,
    now: Timestamp,
    random: &dyn Random,
) -> Result<(Certificate, Certificate), PassError> {
    let authority = RsaKey::generate(random)?;
    let issuer = Name::from_str("CN=Test Developer Relations,O=Loyalty sandbox,C=XX")?;
    let subject = format!("C=XX,O=Loyalty sandbox,OU={team},CN=Pass Type ID: {pass_type},UID={pass_type}");
    let root = Root::new(false, issuer.clone())?;
    let leaf = DevId::new(issuer, Name::from_str(&subject)?, None)?;
    Ok((issue(leaf, key, &authority, now, random)?, issue(root, &authority, &authority, now, random)?))
}

fn issue(
    profile: impl BuilderProfile,
    key: &RsaKey,
    issuer: &RsaKey,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Certificate, PassError> {
    let until = now.saturating_add(SignedDuration::from_hours(24 * 365 * TEST_YEARS)).unwrap_or(Timestamp::MAX);
    // Clocks of those who check it may be a little behind.
    let from = now.saturating_sub(SignedDuration::from_hours(24)).unwrap_or(now);
    let validity = Validity::new(time(from)?, time(until)?);
    let serial = SerialNumber::generate(&mut Drawn(random));
    let builder = CertificateBuilder::new(profile, serial, validity, key.public()?)?;
    Ok(builder.build_with_rng(&issuer.signer(), &mut Drawn(random))?)
}
