#include <algorithm>
#include <charconv>
#include <map>

#include "libs/captions/formats.h"
#include "libs/captions/limits.h"
#include "libs/captions/times.h"

namespace cliffhanger::captions {
namespace {

struct Style {
  bool top = false, italic = false, bold = false;
};

int number_in(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// The fields of a line after its "Format:", which name those of "Style:" and "Dialogue:".
using Fields = std::vector<std::string>;

Fields fields_of(std::string_view list) {
  Fields out;
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string name(trim(list.substr(0, comma)));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    out.push_back(std::move(name));
    if (comma == list.size() || out.size() > 64) return out;
    list.remove_prefix(comma + 1);
  }
}

// The values of a line by their fields; the last one takes the rest, commas and all.
std::map<std::string, std::string_view> values_of(std::string_view list, const Fields& fields) {
  std::map<std::string, std::string_view> out;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const bool last = i + 1 == fields.size();
    const std::size_t comma = last ? list.size() : std::min(list.find(','), list.size());
    out[fields[i]] = trim(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return out;
}

class Reader {
 public:
  explicit Reader(Notes& notes) : notes_(notes) {}
  bool take(std::string_view line, int number);  // false: no more
  std::vector<Cue> cues;

 private:
  bool dialogue(std::string_view list, int number);
  void style(std::string_view list);
  CueText::Done convert(std::string_view text, Style style, bool& top);
  void override_tag(std::string_view tag, CueText& out, bool& top);
  Notes& notes_;
  enum class Section { kOther, kStyles, kEvents } section_ = Section::kOther;
  bool old_ = false;      // SSA's numbers of alignments
  bool drawing_ = false;  // what follows are shapes
  Fields style_fields_ = fields_of(
      "name,fontname,fontsize,primarycolour,secondarycolour,outlinecolour,backcolour,bold,italic,underline,"
      "strikeout,scalex,scaley,spacing,angle,borderstyle,outline,shadow,alignment");
  Fields event_fields_ = fields_of("layer,start,end,style,name,marginl,marginr,marginv,effect,text");
  std::map<std::string, Style, std::less<>> styles_;
};

bool Reader::take(std::string_view line, int number) {
  line = trim(line);
  if (line.starts_with('[')) {
    section_ = starts_with_no_case(line, "[V4")        ? Section::kStyles
               : starts_with_no_case(line, "[Events]") ? Section::kEvents
                                                       : Section::kOther;
    if (starts_with_no_case(line, "[V4 ")) old_ = true;
    return true;
  }
  const auto after = [&](std::string_view name) { return trim(line.substr(name.size())); };
  if (section_ == Section::kStyles && starts_with_no_case(line, "Format:"))
    style_fields_ = fields_of(after("Format:"));
  if (section_ == Section::kStyles && starts_with_no_case(line, "Style:")) style(after("Style:"));
  if (section_ == Section::kEvents && starts_with_no_case(line, "Format:"))
    event_fields_ = fields_of(after("Format:"));
  if (section_ == Section::kEvents && starts_with_no_case(line, "Dialogue:"))
    return dialogue(after("Dialogue:"), number);
  return true;
}

void Reader::style(std::string_view list) {
  const auto values = values_of(list, style_fields_);
  const auto at = [&](const char* name) {
    const auto it = values.find(name);
    return it == values.end() ? std::string_view() : it->second;
  };
  if (styles_.size() >= limits::kMaxStyles) return;
  const int place = number_in(at("alignment"));
  // SSA counts from the bottom and adds 4 for the top.
  const bool top = old_ ? place >= 5 && place <= 7 : place >= 7 && place <= 9;
  styles_[std::string(at("name"))] = {top, number_in(at("italic")) != 0, number_in(at("bold")) != 0};
}

bool Reader::dialogue(std::string_view list, int number) {
  const auto values = values_of(list, event_fields_);
  const auto at = [&](const char* name) {
    const auto it = values.find(name);
    return it == values.end() ? std::string_view() : it->second;
  };
  const auto start = parse_ass_time(at("start")), end = parse_ass_time(at("end"));
  if (!check_times(start, end, "0:00:01.00", number, notes_)) return !notes_.full();
  std::string_view name = at("style");
  if (name.starts_with('*')) name.remove_prefix(1);
  const auto found = styles_.find(name);
  const Style style = found == styles_.end() ? Style() : found->second;
  bool top = style.top;
  const auto text = convert(at("text"), style, top);
  if (text.chars == 0) {
    notes_.warn(number, "NOTHING_TO_SHOW", "This line shows no text, so it is left out.");
    return true;
  }
  return add_cue({*start, *end, {}, top ? "line:0" : "", number}, text, notes_, cues);
}

CueText::Done Reader::convert(std::string_view text, Style style, bool& top) {
  CueText out;
  drawing_ = false;
  if (style.italic) out.open("i");
  if (style.bold) out.open("b");
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (rest[0] == '{') {
      const std::size_t end = std::min(rest.find('}'), rest.size() - 1);
      std::string_view tags = rest.substr(1, end - 1);
      for (std::size_t tag = tags.find('\\'); tag != std::string_view::npos;) {
        const std::size_t next = tags.find('\\', tag + 1);
        override_tag(tags.substr(tag + 1, next == std::string_view::npos ? next : next - tag - 1), out, top);
        tag = next;
      }
      i += end + 1;
    } else if (rest.starts_with("\\N") || rest.starts_with("\\n") || rest.starts_with("\\h")) {
      if (!drawing_) out.text(rest[1] == 'N' ? "\n" : " ");
      i += 2;
    } else {
      const std::size_t end = std::max<std::size_t>(1, std::min(rest.find_first_of("{\\", 1), rest.size()));
      if (!drawing_) out.text(rest.substr(0, end));
      i += end;
    }
  }
  return out.finish();
}

// A tag without its backslash.
void Reader::override_tag(std::string_view tag, CueText& out, bool& top) {
  tag = trim(tag);
  const auto numbered = [&](std::string_view name) {
    return tag.starts_with(name) && tag.size() > name.size() && is_digits(tag.substr(name.size()));
  };
  const auto value = [&](std::string_view name) { return number_in(tag.substr(name.size())); };
  if (numbered("i")) return value("i") != 0 ? out.open("i") : out.close("i");
  if (numbered("u")) return value("u") != 0 ? out.open("u") : out.close("u");
  // A weight: 400 is the usual one.
  if (numbered("b")) return value("b") == 1 || value("b") > 400 ? out.open("b") : out.close("b");
  if (numbered("an")) top = value("an") >= 7 && value("an") <= 9;
  if (numbered("a")) top = value("a") >= 5 && value("a") <= 7;
  if (numbered("p")) drawing_ = value("p") != 0;
}

}  // namespace

std::vector<Cue> read_ass(const Lines& lines, Notes& notes) {
  Reader reader(notes);
  for (std::size_t i = 0; i < lines.size() && !notes.full(); ++i) {
    if (!reader.take(lines[i], number_of(i))) break;
  }
  return std::move(reader.cues);
}

}  // namespace cliffhanger::captions
