#include "services/community/domain/community.h"

#include <charconv>

#include "libs/core/page.h"
#include "services/community/domain/limits.h"

namespace cliffhanger::community {
namespace {

std::string text_of(const Listed& last) {
  return std::to_string(to_micros(last.since)) + "/" + std::string(to_text(last.subject.kind)) + "/" +
         last.subject.id.text();
}

Result<std::optional<Listed>> place_of(const std::string& text) {
  if (text.empty()) return std::optional<Listed>();
  const auto bad = [] { return invalid("BAD_PAGE_TOKEN", "The page token is not one of this list."); };
  const auto first = text.find('/'), second = text.find('/', first + 1);
  if (first == text.npos || second == text.npos) return fail(bad());
  std::int64_t micros = 0;
  const auto kind = kind_of(std::string_view(text).substr(first + 1, second - first - 1));
  const auto id = Uuid::parse(std::string_view(text).substr(second + 1));
  if (std::from_chars(text.data(), text.data() + first, micros).ptr != text.data() + first || !kind || !id)
    return fail(bad());
  return std::optional(Listed{{*kind, *id}, from_micros(micros)});
}

}  // namespace

Result<UserId> Community::person() {
  return caller_.guest ? d_.board.person(caller_.user) : caller_.user;
}

Result<Standing> Community::standing(const UserId& user, const Subject& subject) {
  CH_ASSIGN(const auto found, d_.board.standings(user, {subject}));
  return found.front();
}

Result<Standing> Community::set(const Subject& subject, Reaction reaction) {
  if (subject.kind == Kind::kCreator) {
    CH_ASSIGN(const bool known, d_.board.is_creator(subject.id));
    if (!known)
      return fail(
          not_found("SUBJECT_NOT_FOUND", "There is no such creator, or nothing of them was published."));
  }
  CH_ASSIGN(const auto user, person());
  CH_ASSIGN(const auto version, d_.board.set(user, subject, reaction, d_.clock.now()));
  if (version != 0) CH_TRY(d_.news.changed(user, subject, reaction, true, version));
  return standing(user, subject);
}

Result<Standing> Community::clear(const Subject& subject, Reaction reaction) {
  CH_ASSIGN(const auto user, person());
  CH_ASSIGN(const auto version, d_.board.clear(user, subject, reaction));
  if (version != 0) CH_TRY(d_.news.changed(user, subject, reaction, false, version));
  return standing(user, subject);
}

Result<std::vector<Standing>> Community::standings(const std::vector<Subject>& subjects) {
  return d_.board.standings(caller_.user, subjects);
}

Result<ListedPage> Community::list(Reaction reaction, std::int32_t wanted, const std::string& page_token) {
  const std::string query =
      "reactions/" + caller_.tenant.text() + "/" + caller_.user.text() + "/" + std::string(to_text(reaction));
  CH_ASSIGN(const auto position, page_position(query, page_token));
  CH_ASSIGN(const auto after, place_of(position));
  const auto size = static_cast<std::size_t>(page_size(wanted, kPageSize, kMaxPageSize));
  ListedPage page;
  CH_ASSIGN(page.items, d_.board.list(caller_.user, reaction, after, static_cast<int>(size) + 1));
  if (page.items.size() > size) {
    page.items.resize(size);
    page.next = cliffhanger::page_token(query, text_of(page.items.back()));
  }
  return page;
}

}  // namespace cliffhanger::community
