// The target's interface: nothing. It is there for the symbol that shim.c defines. Must not declare it.
#pragma once
