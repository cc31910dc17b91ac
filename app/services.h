#pragma once
#include <vector>

#include "libs/host/host.h"

namespace cliffhanger::app {

// One service of the house, as the program knows it.
struct ServiceEntry {
  std::string name;
  std::unique_ptr<host::Module> (*make)(config::Settings&, host::Host&);
  void (*describe)(config::Settings&);  // reads its configuration, to know its settings
  const embedded::Files* migrations;    // of the schema of the same name; null: it has none
};

// Every service, in the order in which they start. The list is the architecture.
const std::vector<ServiceEntry>& services();

}  // namespace cliffhanger::app
