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

/// As C calls it: with pointers into plain buffers. Miri runs these too, and so sees each access (`cargo xtask miri`).
#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;

    fn from_hex(text: &str) -> Vec<u8> {
        let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("two digits");
        (0..text.len()).step_by(2).map(digits).collect()
    }

    fn length(bytes: &[u8]) -> c_int {
        c_int::try_from(bytes.len()).expect("a short buffer")
    }

    fn hmac_of(algorithm: c_int, key: &[u8], parts: [&[u8]; 2], out: &mut [u8]) -> c_int {
        let [first, second] = parts;
        let second_at = if second.is_empty() { ptr::null() } else { second.as_ptr() };
        // SAFETY: each pointer comes with the length of its slice, and `out` holds the digest.
        unsafe {
            member_cipher_hmac(
                algorithm,
                key.as_ptr(),
                length(key),
                first.as_ptr(),
                length(first),
                second_at,
                length(second),
                out.as_mut_ptr(),
            )
        }
    }

    /// RFC 4231, test case 2.
    #[test]
    fn hmac_is_that_of_the_rfc_in_one_part_and_in_two() {
        let sha256 = from_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let sha512 = from_hex(concat!(
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554",
            "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
        ));
        for parts in [[&b"what do ya want "[..], b"for nothing?"], [b"what do ya want for nothing?", b""]] {
            for (algorithm, expected) in [(SHA256, &sha256), (SHA512, &sha512)] {
                let mut out = vec![0; expected.len()];
                assert_eq!(hmac_of(algorithm, b"Jefe", parts, &mut out), DONE);
                assert_eq!(&out, expected);
            }
        }
        assert_eq!(hmac_of(0, b"Jefe", [b"", b""], &mut [0; 64]), REFUSED);
    }

    #[test]
    fn a_key_is_derived_as_pbkdf2_says() {
        // One round, from the test vectors of scrypt's authors.
        let expected = from_hex("120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b");
        let derive = |algorithm, rounds, out_len, out: *mut u8| {
            // SAFETY: the inputs come with their lengths; `out` is null or holds `out_len` bytes.
            unsafe { member_cipher_kdf(algorithm, b"password".as_ptr(), 8, b"salt".as_ptr(), 4, rounds, out_len, out) }
        };
        let mut out = [0; 32];
        assert_eq!(derive(SHA256, 1, 32, out.as_mut_ptr()), DONE);
        assert_eq!(out.as_slice(), expected);
        for (algorithm, rounds, out_len) in [(SHA256, 0, 32), (SHA256, -1, 32), (SHA256, 1, -1), (7, 1, 32)] {
            assert_eq!(derive(algorithm, rounds, out_len, out.as_mut_ptr()), REFUSED);
        }
        assert_eq!(derive(SHA512, 1, 32, ptr::null_mut()), REFUSED);
        assert_eq!(out.as_slice(), expected, "refused, and written all the same");
    }

    /// NIST SP 800-38A, F.2.5: its first two blocks.
    #[test]
    fn blocks_are_those_of_the_standard_between_two_buffers_and_in_one() {
        let key = from_hex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
        let iv = from_hex("000102030405060708090a0b0c0d0e0f");
        let plain = from_hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
        let cipher = from_hex("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d");
        let run = |encrypt, input: *const u8, length, out: *mut u8| {
            // SAFETY: key and iv are of the sizes asked for; both buffers hold `length` bytes, or it is refused.
            unsafe { member_cipher_aes256cbc(encrypt, key.as_ptr(), iv.as_ptr(), input, length, out) }
        };
        for (encrypt, input, expected) in [(1, &plain, &cipher), (0, &cipher, &plain)] {
            let mut out = vec![0; 32];
            assert_eq!(run(encrypt, input.as_ptr(), 32, out.as_mut_ptr()), DONE);
            assert_eq!(&out, expected);
            let mut both = input.clone();
            let at = both.as_mut_ptr();
            assert_eq!(run(encrypt, at, 32, at), DONE);
            assert_eq!(&both, expected);
        }
        let mut out = [0; 32];
        for (input, length) in [(plain.as_ptr(), 31), (plain.as_ptr(), -16), (ptr::null(), 16)] {
            assert_eq!(run(1, input, length, out.as_mut_ptr()), REFUSED);
        }
        assert_eq!(run(1, plain.as_ptr(), 16, ptr::null_mut()), REFUSED);
        assert_eq!(out, [0; 32]);
    }

    #[test]
    fn randomness_fills_the_buffer_and_no_other() {
        let mut buffer = [0; 96];
        // SAFETY: the middle of the buffer holds 32 bytes.
        let done = unsafe { member_cipher_random(buffer[32..].as_mut_ptr(), 32) };
        assert_eq!(done, DONE);
        assert!(buffer[32..64].iter().any(|byte| *byte != 0), "nothing was filled in");
        assert!(buffer[..32].iter().chain(&buffer[64..]).all(|byte| *byte == 0), "something else was filled in");
        // SAFETY: null and a negative length are refused before anything is written.
        let refused =
            unsafe { [member_cipher_random(ptr::null_mut(), 8), member_cipher_random(buffer.as_mut_ptr(), -1)] };
        assert_eq!(refused, [REFUSED; 2]);
    }
}
