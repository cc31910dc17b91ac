#include "libs/config/settings.h"

#include <charconv>
#include <fstream>
#include <sstream>

extern char** environ;

namespace cliffhanger::config {

Settings::Settings(std::map<std::string, std::string> environment) : environment_(std::move(environment)) {}

Settings Settings::from_process() {
  std::map<std::string, std::string> ours;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    const auto equals = line.find('=');
    if (line.starts_with("CLIFFHANGER_") && equals != std::string_view::npos) {
      ours.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
  }
  return Settings(std::move(ours));
}

// The value that was set, or null; describes the setting the first time it is asked for.
const std::string* Settings::find(std::string_view name, std::string_view fallback, std::string_view meaning) {
  const auto found = environment_.find(std::string(name));
  const std::string* value = found == environment_.end() ? nullptr : &found->second;
  if (!std::exchange(asked_[std::string(name)], true)) {
    described_.push_back({std::string(name), value ? *value : std::string(fallback), std::string(fallback),
                          std::string(meaning)});
  }
  return value;
}

std::string Settings::text(std::string_view name, std::string_view fallback, std::string_view meaning) {
  const std::string* value = find(name, fallback, meaning);
  return value ? *value : std::string(fallback);
}

std::int64_t Settings::number(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most,
                              std::string_view meaning) {
  const std::string* value = find(name, std::to_string(fallback), meaning);
  if (!value) return fallback;
  std::int64_t parsed = 0;
  const char* end = value->data() + value->size();
  const auto [stop, fault] = std::from_chars(value->data(), end, parsed);
  if (fault != std::errc() || stop != end || parsed < least || parsed > most) {
    faults_.push_back({std::string(name),
                       "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most)});
    return fallback;
  }
  return parsed;
}

bool Settings::flag(std::string_view name, bool fallback, std::string_view meaning) {
  const std::string* value = find(name, fallback ? "true" : "false", meaning);
  if (!value) return fallback;
  if (*value != "true" && *value != "false") faults_.push_back({std::string(name), "must be true or false"});
  return *value == "true";
}

std::chrono::milliseconds Settings::millis(std::string_view name, std::int64_t fallback_ms,
                                           std::string_view meaning) {
  return std::chrono::milliseconds(number(name, fallback_ms, 1, 7 * 86'400'000, meaning));
}

std::string Settings::secret_file(std::string_view name, bool required, std::string_view meaning) {
  const std::string* path = find(name, "", meaning);
  if (!path || path->empty()) {
    if (required) faults_.push_back({std::string(name), "must name a file"});
    return {};
  }
  std::ifstream file(*path, std::ios::binary);
  std::ostringstream contents;
  contents << file.rdbuf();
  if (!file || contents.str().empty()) {
    faults_.push_back({std::string(name), "names a file that is empty or can't be read: " + *path});
    return {};
  }
  std::string secret = contents.str();
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  return secret;
}

void Settings::also_known(const Settings& other) {
  for (const auto& [name, asked] : other.asked_) asked_.emplace(name, asked);
}

Result<void> Settings::finish() const {
  auto faults = faults_;
  for (const auto& [name, value] : environment_) {
    if (!asked_.contains(name)) faults.push_back({name, "is not a setting of this program"});
  }
  if (faults.empty()) return {};
  std::string message = "The configuration can't be used:";
  for (const auto& fault : faults) message += "\n  " + fault.field + " " + fault.message;
  return fail(invalid("BAD_CONFIGURATION", message, std::move(faults)));
}

}  // namespace cliffhanger::config
