#pragma once
// Configuration comes from the environment alone: CLIFFHANGER_* names, read once at start-up into typed structs.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/core/clock.h"
#include "libs/core/result.h"

namespace cliffhanger::config {

// What `cliffhanger config` prints of one setting.
struct Described {
  std::string name;
  std::string value;  // "(secret)" for secrets
  std::string fallback;
  std::string meaning;
};

// Reads settings and remembers every fault, so that an operator sees all of them at once. Each module's Config::read takes what it
// needs; finish() then refuses names that nobody asked for.
class Settings {
 public:
  explicit Settings(std::map<std::string, std::string> environment);
  static Settings from_process();  // the CLIFFHANGER_* part of the process's environment

  std::string text(std::string_view name, std::string_view fallback, std::string_view meaning);
  // A number in [least, most]; outside: a fault.
  std::int64_t number(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most,
                      std::string_view meaning);
  bool flag(std::string_view name, bool fallback, std::string_view meaning);  // true/false
  std::chrono::milliseconds millis(std::string_view name, std::int64_t fallback_ms, std::string_view meaning);
  // The contents of the file that the setting names, without trailing newlines. A missing file is a fault; the setting may be empty
  // only if it is not `required`.
  std::string secret_file(std::string_view name, bool required, std::string_view meaning);

  // Takes over the names that `other` was asked for: settings of services that run elsewhere are no typos here.
  void also_known(const Settings& other);
  // Fails with BAD_CONFIGURATION: every unknown name, every bad value.
  Result<void> finish() const;
  const std::vector<Described>& described() const { return described_; }

 private:
  const std::string* find(std::string_view name, std::string_view fallback, std::string_view meaning);
  std::map<std::string, std::string> environment_;
  std::map<std::string, bool> asked_;
  std::vector<Described> described_;
  std::vector<FieldFault> faults_;
};

}  // namespace cliffhanger::config
