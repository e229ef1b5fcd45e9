// The library of another release, for the process that is linked with it.
#pragma once

int other_release_is_linked(void);
