#pragma once
#include "libs/core/embedded.h"

namespace cliffhanger::embedded {

extern const Files catalog_migrations;  // of the schema `catalog`, by name

}  // namespace cliffhanger::embedded
