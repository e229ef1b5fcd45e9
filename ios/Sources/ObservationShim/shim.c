// A symbol that Swift 6.0's Observation library on Linux asks for and its standard library does not export. Must not hold
// anything else.

#if defined(__linux__)
#include <stdlib.h>

// swift::threading::fatal(const char *, ...): reached only where a call of the system's mutex fails.
void swift_threading_fatal(const char *message, ...) __asm__("_ZN5swift9threading5fatalEPKcz");

__attribute__((visibility("default"))) void swift_threading_fatal(const char *message, ...) {
    (void)message;
    abort();
}
#endif
