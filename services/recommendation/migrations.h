#pragma once
#include "libs/core/embedded.h"

namespace cliffhanger::embedded {

extern const Files recommendation_migrations;  // of the schema `recommendation`, by name

}  // namespace cliffhanger::embedded
