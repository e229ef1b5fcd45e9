/* SQLCipher's crypto provider, answered by Rust (src/provider.rs).
 *
 * One translation unit with the amalgamation, so that SQLCipher's own definition of
 * `struct sqlcipher_provider` is used: nothing in Rust mirrors its layout. */
/* At the end of the process SQLCipher would free its heap, its provider and its mutexes under the feet of threads that
 * still use a connection, which ends in a crash. The operating system takes the memory back by itself, so both of
 * SQLCipher's hooks, for atexit() and for the finalisers, do nothing: a name without parentheses is ours. */
static void sqlcipher_atexit(void) {}
static void sqlcipher_fini(void) {}
#define sqlcipher_atexit(arguments) sqlcipher_atexit_unused(arguments)
#define sqlcipher_fini(arguments) sqlcipher_fini_unused(arguments)
#include SQLCIPHER_AMALGAMATION
#undef sqlcipher_atexit
#undef sqlcipher_fini

extern int member_cipher_random(void *buffer, int length);
extern int member_cipher_hmac(int algorithm, const unsigned char *key, int key_sz,
                              const unsigned char *in, int in_sz,
                              const unsigned char *in2, int in2_sz, unsigned char *out);
extern int member_cipher_kdf(int algorithm, const unsigned char *pass, int pass_sz,
                             const unsigned char *salt, int salt_sz, int rounds,
                             int key_sz, unsigned char *key);
extern int member_cipher_aes256cbc(int encrypt, const unsigned char *key, const unsigned char *iv,
                                   const unsigned char *in, int in_sz, unsigned char *out);

static const char *p_name(void *ctx) { return "rustcrypto"; }
static const char *p_version(void *ctx) { return "1"; }
static const char *p_cipher_name(void *ctx) { return "aes-256-cbc"; }
/* Randomness comes from the operating system alone; nothing is mixed in. */
static int p_add_random(void *ctx, const void *buffer, int length) { return SQLITE_OK; }

static int p_random(void *ctx, void *buffer, int length) {
  return member_cipher_random(buffer, length) ? SQLITE_ERROR : SQLITE_OK;
}

static int p_hmac(void *ctx, int algorithm, const unsigned char *key, int key_sz,
                  const unsigned char *in, int in_sz, const unsigned char *in2, int in2_sz,
                  unsigned char *out) {
  if (in == NULL) return SQLITE_ERROR;
  return member_cipher_hmac(algorithm, key, key_sz, in, in_sz, in2, in2_sz, out) ? SQLITE_ERROR : SQLITE_OK;
}

static int p_kdf(void *ctx, int algorithm, const unsigned char *pass, int pass_sz,
                 const unsigned char *salt, int salt_sz, int rounds, int key_sz, unsigned char *key) {
  return member_cipher_kdf(algorithm, pass, pass_sz, salt, salt_sz, rounds, key_sz, key) ? SQLITE_ERROR : SQLITE_OK;
}

static int p_cipher(void *ctx, int mode, const unsigned char *key, int key_sz,
                    const unsigned char *iv, const unsigned char *in, int in_sz, unsigned char *out) {
  if (key_sz != 32) return SQLITE_ERROR;
  return member_cipher_aes256cbc(mode == SQLCIPHER_ENCRYPT, key, iv, in, in_sz, out) ? SQLITE_ERROR : SQLITE_OK;
}

static int p_key_sz(void *ctx) { return 32; }
static int p_block_sz(void *ctx) { return 16; }
static int p_hmac_sz(void *ctx, int algorithm) {
  return algorithm == SQLCIPHER_HMAC_SHA256 ? 32 : algorithm == SQLCIPHER_HMAC_SHA512 ? 64 : 0;
}
static int p_ctx_init(void **ctx) { return SQLITE_OK; }
static int p_ctx_free(void **ctx) { return SQLITE_OK; }
static int p_fips(void *ctx) { return 0; }

int member_sqlcipher_setup(sqlcipher_provider *p) {
  p->init = NULL;
  p->shutdown = NULL;
  p->get_provider_name = p_name;
  p->get_provider_version = p_version;
  p->add_random = p_add_random;
  p->random = p_random;
  p->hmac = p_hmac;
  p->kdf = p_kdf;
  p->cipher = p_cipher;
  p->get_cipher = p_cipher_name;
  p->get_key_sz = p_key_sz;
  p->get_iv_sz = p_block_sz;
  p->get_block_sz = p_block_sz;
  p->get_hmac_sz = p_hmac_sz;
  p->ctx_init = p_ctx_init;
  p->ctx_free = p_ctx_free;
  p->fips_status = p_fips;
  return SQLITE_OK;
}
