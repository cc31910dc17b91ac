#include "libs/conformance/xml.h"

#include <algorithm>
#include <charconv>

#include "libs/conformance/limits.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' || c == '_' ||
         c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Result<Element> document() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    CH_TRY(skip_around());
    if (at_ >= text_.size() || text_[at_] != '<') return fail(wrong("no element"));
    CH_ASSIGN(Element root, element(0));
    CH_TRY(skip_around());
    if (at_ < text_.size()) return fail(wrong("something behind the last element"));
    return root;
  }

 private:
  Error wrong(const std::string& what) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    return invalid("BAD_XML", "Line " + std::to_string(line) + ": " + what + ".");
  }
  bool take(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  void spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  Result<void> until(std::string_view end) {
    const std::size_t found = text_.find(end, at_);
    if (found == std::string_view::npos) return fail(wrong("an end is missing: " + std::string(end)));
    at_ = found + end.size();
    return {};
  }
  // Declarations, comments and white space.
  Result<void> skip_around() {
    while (true) {
      spaces();
      if (take("<?")) {
        CH_TRY(until("?>"));
      } else if (take("<!--")) {
        CH_TRY(until("-->"));
      } else {
        return {};
      }
    }
  }

  Result<std::string> name() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    if (at_ == start) return fail(wrong("a name is missing"));
    return std::string(text_.substr(start, at_ - start));
  }

  Result<std::string> unescaped(std::string_view raw) const {
    std::string out;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '&') {
        out += raw[i];
        continue;
      }
      const std::size_t end = raw.find(';', i);
      const std::string_view entity = end == std::string_view::npos ? "" : raw.substr(i + 1, end - i - 1);
      static constexpr std::pair<std::string_view, char> kKnown[] = {
          {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
      const auto* known = std::find_if(std::begin(kKnown), std::end(kKnown),
                                       [&](const auto& one) { return one.first == entity; });
      if (known != std::end(kKnown)) {
        out += known->second;
      } else if (entity.starts_with('#')) {
        out += '?';  // nothing that is compared has one
      } else {
        return fail(wrong("an unknown entity"));
      }
      i = end;
    }
    return out;
  }

  Result<void> attributes(Element& out) {
    while (true) {
      spaces();
      if (at_ >= text_.size() || text_[at_] == '>' || text_[at_] == '/') return {};
      CH_ASSIGN(std::string key, name());
      spaces();
      if (!take("=")) return fail(wrong("an attribute without a value"));
      spaces();
      const char quote = at_ < text_.size() ? text_[at_] : ' ';
      if (quote != '"' && quote != '\'') return fail(wrong("a value without quotes"));
      const std::size_t end = text_.find(quote, ++at_);
      if (end == std::string_view::npos) return fail(wrong("a value without an end"));
      CH_ASSIGN(std::string value, unescaped(text_.substr(at_, end - at_)));
      at_ = end + 1;
      if (out.attributes.size() >= kMaxAttributes ||
          !out.attributes.emplace(std::move(key), std::move(value)).second)
        return fail(wrong("an attribute that is there twice, or too many of them"));
    }
  }

  Result<Element> element(int depth) {
    if (depth > kMaxDepth || ++elements_ > kMaxElements) return fail(wrong("too many elements"));
    ++at_;  // <
    Element out;
    CH_ASSIGN(out.name, name());
    CH_TRY(attributes(out));
    if (take("/>")) return out;
    if (!take(">")) return fail(wrong("an element without an end"));
    while (true) {
      const std::size_t next = std::min(text_.find('<', at_), text_.size());
      CH_ASSIGN(const std::string more, unescaped(text_.substr(at_, next - at_)));
      out.text += more;
      at_ = next;
      if (take("<!--")) {
        CH_TRY(until("-->"));
      } else if (take("</")) {
        CH_ASSIGN(const std::string closed, name());
        spaces();
        if (closed != out.name || !take(">"))
          return fail(wrong("</" + shown(closed) + "> where </" + shown(out.name) + "> is expected"));
        return out;
      } else if (at_ < text_.size() && !text_.substr(at_).starts_with("<!")) {
        CH_ASSIGN(Element child, element(depth + 1));
        out.children.push_back(std::move(child));
      } else {
        return fail(wrong("an end is missing: </" + shown(out.name) + ">"));
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0, elements_ = 0;
};

}  // namespace

const Element* Element::child(std::string_view of) const {
  const auto it =
      std::find_if(children.begin(), children.end(), [&](const Element& one) { return one.name == of; });
  return it == children.end() ? nullptr : &*it;
}

std::string_view Element::attribute(std::string_view of) const {
  const auto it = attributes.find(of);
  return it == attributes.end() ? std::string_view() : std::string_view(it->second);
}

Result<Element> parse_xml(std::string_view text) {
  return Reader(text).document();
}

}  // namespace cliffhanger::conformance
