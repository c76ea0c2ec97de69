// All of it is in the header, so that callers take it in; a target has to have a source.
#include "CBytes.h"
