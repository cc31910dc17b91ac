#pragma once
// The use cases of community, each within one transaction that the caller opens, and what they need of the
// world.
#include <optional>
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "services/community/domain/subject.h"

namespace cliffhanger::community {

// Asks catalog; never inside a transaction.
class Catalog {
 public:
  virtual ~Catalog() = default;
  // Whether there is such a series or episode for the call's user. Fails with SUBJECT_NOT_FOUND.
  virtual Result<void> check_visible(const Call& call, const Subject& subject) = 0;
};

// A reaction as it is listed; also a place in the list: after this one.
struct Listed {
  Subject subject;
  Time since;
};

// The rows of one tenant in one transaction.
class Board {
 public:
  virtual ~Board() = default;
  // Who the guest is now: the account, if they signed in. No merge comes between until the transaction ends.
  // Before all locks of rows.
  virtual Result<UserId> person(const UserId& guest) = 0;
  // Whether the person has published anything.
  virtual Result<bool> is_creator(const Uuid& user) = 0;
  // Sets or clears, and counts: the counter's new version, or 0 if nothing changed.
  virtual Result<std::int64_t> set(const UserId& user, const Subject& subject, Reaction reaction,
                                   Time now) = 0;
  virtual Result<std::int64_t> clear(const UserId& user, const Subject& subject, Reaction reaction) = 0;
  // One for each subject, in the order asked.
  virtual Result<std::vector<Standing>> standings(const UserId& user,
                                                  const std::vector<Subject>& subjects) = 0;
  // Newest first.
  virtual Result<std::vector<Listed>> list(const UserId& user, Reaction reaction,
                                           const std::optional<Listed>& after, int limit) = 0;
};

class News {
 public:
  virtual ~News() = default;
  virtual Result<void> changed(const UserId& user, const Subject& subject, Reaction reaction, bool set,
                               std::int64_t version) = 0;
};

struct ListedPage {
  std::vector<Listed> items;
  std::string next;  // page token
};

class Community {
 public:
  // All outlive it. Cheap to make: one for each request.
  struct Deps {
    Board& board;
    News& news;
    const Clock& clock;
  };
  Community(Deps deps, const Caller& caller) : d_(deps), caller_(caller) {}

  // A guest who signed in meanwhile and still has the old token sets and clears as the account.
  // The reaction is possible and a series or episode was found visible. Fails with SUBJECT_NOT_FOUND for a
  // creator who has published nothing.
  Result<Standing> set(const Subject& subject, Reaction reaction);
  Result<Standing> clear(const Subject& subject, Reaction reaction);
  Result<std::vector<Standing>> standings(const std::vector<Subject>& subjects);
  // Fails with BAD_PAGE_TOKEN.
  Result<ListedPage> list(Reaction reaction, std::int32_t page_size, const std::string& page_token);

 private:
  Result<UserId> person();
  Result<Standing> standing(const UserId& user, const Subject& subject);

  Deps d_;
  const Caller& caller_;
};

}  // namespace cliffhanger::community
