#pragma once
// What an app says of itself, as it travels with every call from the edge on.
#include <string>
#include <string_view>

namespace cliffhanger {

// Hints that nothing is refused by: whom an experiment is meant for. Empty where not known.
struct ClientFacts {
  std::string
      language;  // what its reader wants most: BCP 47 as RFC 5646 writes it (de-AT); at most 35 characters
  std::string platform;     // such as ios, android, web: [a-z0-9_-]; at most 20
  std::string app_version;  // begins with a digit, or v and one, then [A-Za-z0-9._+-]; at most 40

  bool operator==(const ClientFacts&) const = default;
  // All of them in one line of visible ASCII, for parse; empty where nothing is known.
  std::string text() const;
  // Nothing known of a text that is no such line.
  static ClientFacts parse(std::string_view text);
  // In their usual case, without what can't be one, however it came. Done twice it changes nothing more.
  static ClientFacts checked(ClientFacts facts);
};

}  // namespace cliffhanger
