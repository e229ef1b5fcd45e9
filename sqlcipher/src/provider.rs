//! What `provider.c` calls: randomness, HMAC, key derivation and AES-256-CBC, each on RustCrypto.
//!
//! Every function answers 0 for done and 1 for refused, and checks the lengths that C hands over.

use std::ffi::c_int;
use std::slice;

use aes::cipher::inout::InOutBuf;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, Iv, Key, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha512};

/// `SQLCIPHER_HMAC_SHA256` and `SQLCIPHER_PBKDF2_HMAC_SHA256`.
const SHA256: c_int = 1;
/// `SQLCIPHER_HMAC_SHA512` and `SQLCIPHER_PBKDF2_HMAC_SHA512`.
const SHA512: c_int = 2;

const DONE: c_int = 0;
const REFUSED: c_int = 1;

/// # Safety
/// `pointer` is null or points to `length` readable bytes that live for `'a`.
unsafe fn bytes<'a>(pointer: *const u8, length: c_int) -> Option<&'a [u8]> {
    let length = usize::try_from(length).ok()?;
    if pointer.is_null() {
        return (length == 0).then_some(&[]);
    }
    // SAFETY: not null, and the caller vouches for `length` bytes.
    Some(unsafe { slice::from_raw_parts(pointer, length) })
}

/// # Safety
/// `pointer` is null or points to `length` bytes that nobody else uses during the call.
unsafe fn bytes_mut<'a>(pointer: *mut u8, length: c_int) -> Option<&'a mut [u8]> {
    let length = usize::try_from(length).ok()?;
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller vouches for `length` bytes.
    Some(unsafe { slice::from_raw_parts_mut(pointer, length) })
}

/// # Safety
/// As SQLCipher's provider contract: `buffer` holds `length` writable bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn member_cipher_random(buffer: *mut u8, length: c_int) -> c_int {
    // SAFETY: the caller's contract.
    let Some(buffer) = (unsafe { bytes_mut(buffer, length) }) else { return REFUSED };
    #[expect(clippy::disallowed_methods, reason = "salts and initialisation vectors of the file are never simulated")]
    let filled = getrandom::fill(buffer);
    if filled.is_ok() { DONE } else { REFUSED }
}

fn mac<M: Mac + KeyInit>(key: &[u8], first: &[u8], second: &[u8]) -> Option<hmac::digest::Output<M>> {
    let mut mac = <M as KeyInit>::new_from_slice(key).ok()?;
    mac.update(first);
    mac.update(second);
    Some(mac.finalize().into_bytes())
}

/// # Safety
/// As SQLCipher's provider contract: the inputs hold their lengths, `out` holds the digest of `algorithm`.
#[unsafe(no_mangle)]
unsafe extern "C" fn member_cipher_hmac(
    algorithm: c_int,
    key: *const u8,
    key_len: c_int,
    first: *const u8,
    first_len: c_int,
    second: *const u8,
    second_len: c_int,
    out: *mut u8,
) -> c_int {
    // SAFETY: the caller's contract.
    let inputs = unsafe { (bytes(key, key_len), bytes(first, first_len), bytes(second, second_len)) };
    let (Some(key), Some(first), Some(second)) = inputs else { return REFUSED };
    match algorithm {
        SHA256 => {
            let Some(tag) = mac::<Hmac<Sha256>>(key, first, second) else { return REFUSED };
            // SAFETY: `out` holds a SHA-256 digest by the caller's contract.
            let Some(out) = (unsafe { bytes_mut(out, 32) }) else { return REFUSED };
            out.copy_from_slice(&tag);
        }
        SHA512 => {
            let Some(tag) = mac::<Hmac<Sha512>>(key, first, second) else { return REFUSED };
            // SAFETY: `out` holds a SHA-512 digest by the caller's contract.
            let Some(out) = (unsafe { bytes_mut(out, 64) }) else { return REFUSED };
            out.copy_from_slice(&tag);
        }
        _ => return REFUSED,
    }
    DONE
}

/// # Safety
/// As SQLCipher's provider contract: the inputs hold their lengths, `out` holds `out_len` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn member_cipher_kdf(
    algorithm: c_int,
    password: *const u8,
    password_len: c_int,
    salt: *const u8,
    salt_len: c_int,
    rounds: c_int,
    out_len: c_int,
    out: *mut u8,
) -> c_int {
    // SAFETY: the caller's contract.
    let (password, salt, out) =
        unsafe { (bytes(password, password_len), bytes(salt, salt_len), bytes_mut(out, out_len)) };
    let (Some(password), Some(salt), Some(out)) = (password, salt, out) else { return REFUSED };
    let Ok(rounds @ 1..) = u32::try_from(rounds) else { return REFUSED };
    match algorithm {
        SHA256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, rounds, out),
        SHA512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, rounds, out),
        _ => return REFUSED,
    }
    DONE
}

/// # Safety
/// As SQLCipher's provider contract: `key` holds 32 bytes, `iv` 16, `input` and `out` `length` each.
/// `input` and `out` may be the same buffer.
#[unsafe(no_mangle)]
unsafe extern "C" fn member_cipher_aes256cbc(
    encrypt: c_int,
    key: *const u8,
    iv: *const u8,
    input: *const u8,
    length: c_int,
    out: *mut u8,
) -> c_int {
    let Ok(length) = usize::try_from(length) else { return REFUSED };
    if key.is_null() || iv.is_null() || input.is_null() || out.is_null() || !length.is_multiple_of(16) {
        return REFUSED;
    }
    // SAFETY: not null, of the sizes that the contract gives; both types are arrays of bytes with no alignment.
    let (key, iv) = unsafe { (&*key.cast::<Key<aes::Aes256>>(), &*iv.cast::<Iv<cbc::Encryptor<aes::Aes256>>>()) };
    // SAFETY: `input` and `out` hold `length` bytes each; as one `InOutBuf` they may be the same buffer, so no
    // two references to it exist.
    let blocks = unsafe { InOutBuf::from_raw(input.cast::<aes::Block>(), out.cast::<aes::Block>(), length / 16) };
    if encrypt != 0 {
        cbc::Encryptor::<aes::Aes256>::new(key, iv).encrypt_blocks_inout(blocks);
    } else {
        cbc::Decryptor::<aes::Aes256>::new(key, iv).decrypt_blocks_inout(blocks);
    }
    DONE
}
