#pragma once
#include "libs/core/embedded.h"

namespace cliffhanger::embedded {

extern const Files collector_migrations;  // of the schema `collector`, by name

}  // namespace cliffhanger::embedded
