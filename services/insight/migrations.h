#pragma once
#include "libs/core/embedded.h"

namespace cliffhanger::embedded {
// The files of migrations/, in the order of their names.
extern const Files insight_migrations;
}  // namespace cliffhanger::embedded
