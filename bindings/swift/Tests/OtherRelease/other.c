// Stands before the real library and answers as one of another release would, as the environment variable OTHER says: by another
// contract of UniFFI, with another interface, or with another version. Must not know what is done about it.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "MemberCoreFFI.h"
#include "other.h"

static int is_other(const char *what) {
    const char *other = getenv("OTHER");
    return other != NULL && strcmp(other, what) == 0;
}

static void *real(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) abort();
    return function;
}

int other_release_is_linked(void) { return 1; }

uint32_t ffi_member_ffi_uniffi_contract_version(void) {
    uint32_t (*call)(void) = real("ffi_member_ffi_uniffi_contract_version");
    return is_other("contract") ? call() + 1 : call();
}

uint16_t uniffi_member_ffi_checksum_method_wallet_card_now(void) {
    uint16_t (*call)(void) = real("uniffi_member_ffi_checksum_method_wallet_card_now");
    return is_other("interface") ? call() + 1 : call();
}

RustBuffer uniffi_member_ffi_fn_func_core_version(RustCallStatus *status) {
    RustBuffer (*call)(RustCallStatus *) = real("uniffi_member_ffi_fn_func_core_version");
    RustBuffer version = call(status);
    if (is_other("version") && version.len > 0) version.data[0] = '9';
    return version;
}
