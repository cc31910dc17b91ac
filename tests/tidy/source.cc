#include "tests/tidy/source.h"

#include <cctype>
#include <regex>
#include <sstream>

namespace cliffhanger::tidy {
namespace {

// Turns everything that is not code into blanks, one character after the other.
class Blanker {
 public:
  explicit Blanker(std::string_view source) : in_(source), out_(source) {}

  std::string run() {
    while (at_ < in_.size()) {
      if (line_start() && in_[first_on_line()] == '#') {
        preprocessor();
      } else if (starts("//")) {
        blank_until("\n", 0);
      } else if (starts("/*")) {
        blank_until("*/", 2);
      } else if (starts("R\"") && !word_before()) {
        raw_string();
      } else if (in_[at_] == '"' || (in_[at_] == '\'' && !word_before())) {
        quoted(in_[at_]);
      } else {
        ++at_;
      }
    }
    return out_;
  }

 private:
  bool starts(std::string_view what) const { return in_.substr(at_, what.size()) == what; }
  bool line_start() const { return at_ == 0 || in_[at_ - 1] == '\n'; }
  // A ' between digits separates thousands; an R after a letter ends a name.
  bool word_before() const {
    return at_ > 0 && (std::isalnum(static_cast<unsigned char>(in_[at_ - 1])) || in_[at_ - 1] == '_');
  }
  size_t first_on_line() const {
    size_t at = at_;
    while (at + 1 < in_.size() && (in_[at] == ' ' || in_[at] == '\t')) ++at;
    return at;
  }

  void blank_to(size_t end) {
    for (; at_ < end && at_ < in_.size(); ++at_) {
      if (in_[at_] != '\n') out_[at_] = ' ';
    }
  }

  void blank_until(std::string_view mark, size_t past) {
    const size_t found = in_.find(mark, at_ + (past ? mark.size() : 0));
    blank_to(found == std::string_view::npos ? in_.size() : found + past);
  }

  void preprocessor() {
    size_t end = in_.find('\n', at_);
    while (end != std::string_view::npos && in_[end - 1] == '\\') end = in_.find('\n', end + 1);
    blank_to(end == std::string_view::npos ? in_.size() : end);
  }

  void raw_string() {
    const size_t open = in_.find('(', at_);
    if (open == std::string_view::npos) return blank_to(in_.size());
    blank_until(")" + std::string(in_.substr(at_ + 2, open - at_ - 2)) + "\"", open - at_ - 2 + 2);
  }

  void quoted(char quote) {
    size_t end = at_ + 1;
    while (end < in_.size() && in_[end] != quote && in_[end] != '\n') end += in_[end] == '\\' ? 2 : 1;
    blank_to(end + 1);
  }

  std::string_view in_;
  std::string out_;
  size_t at_ = 0;
};

enum class Scope { kNamespaceOrClass, kFunction, kOther };

Scope scope_of(const std::string& head, Scope around) {
  static const std::regex kNamed(
      R"(^\s*(template\s*<[\s\S]*>\s*)?(inline\s+)?(namespace|class|struct|union|enum|extern)\b)");
  if (around != Scope::kNamespaceOrClass) return Scope::kOther;
  if (std::regex_search(head, kNamed)) return Scope::kNamespaceOrClass;
  return head.find('(') != std::string::npos ? Scope::kFunction : Scope::kOther;
}

std::string squeezed(const std::string& text) {
  std::istringstream words(text);
  std::string word, all;
  while (words >> word) all += (all.empty() ? "" : " ") + word;
  return all;
}

// "public:" and the like begin no signature.
bool is_label(const std::string& head) {
  return head == "public" || head == "private" || head == "protected";
}

}  // namespace

std::vector<Include> includes_of(std::string_view source) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*(["<])([^">]+)[">])");
  std::vector<Include> found;
  std::istringstream lines{std::string(source)};
  std::string line;
  std::smatch match;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (std::regex_search(line, match, kInclude)) found.push_back({number, match[1] == "\"", match[2]});
  }
  return found;
}

std::string code_only(std::string_view source) {
  return Blanker(source).run();
}

std::vector<Function> functions_of(std::string_view source) {
  struct Open {
    Scope scope;
    int line;
    std::string head;
  };
  std::vector<Function> found;
  std::vector<Open> open;
  std::string head;
  int line = 1, head_line = 1;
  for (const char c : code_only(source)) {
    if (c == '\n') ++line;
    if (c == '{') {
      const Scope around = open.empty() ? Scope::kNamespaceOrClass : open.back().scope;
      open.push_back({scope_of(head, around), head_line, squeezed(head)});
    } else if (c == '}' && !open.empty()) {
      const Open& last = open.back();
      if (last.scope == Scope::kFunction) found.push_back({last.line, line, last.head});
      open.pop_back();
    }
    if (c == '{' || c == '}' || c == ';' || (c == ':' && is_label(head))) {
      head.clear();
    } else if (!head.empty() || !std::isspace(static_cast<unsigned char>(c))) {
      if (head.empty()) head_line = line;
      head += c;
    }
  }
  return found;
}

}  // namespace cliffhanger::tidy
