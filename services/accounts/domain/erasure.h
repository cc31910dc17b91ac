#pragma once
// Forgetting a person, in two rounds: at once, and when no access token of theirs can work any more.
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "libs/core/call.h"
#include "libs/core/clock.h"

namespace cliffhanger::accounts {

using ErasureId = Id<struct ErasureTag>;

// Services that keep something of people, this one included: all of them confirm each round.
inline constexpr std::array kKeepers = {"accounts", "catalog",  "community",      "ingest",
                                        "insight",  "playback", "recommendation", "transcode"};

struct Erasure {
  ErasureId id;
  Tenant tenant;
  std::vector<UserId> people;  // the account and the guests merged into it; empty once it is done
  int round = 1;
  Time asked, told;  // when the round was told last
  std::optional<Time> done;
  std::vector<std::string> confirmed;  // services, of the round
};

enum class NextStep {
  kWait,
  kTellAgain,    // to services that have not confirmed: they may have lost it
  kSecondRound,  // nothing can be added in the person's name any more: look again
  kFinish,       // the ids can go
};
NextStep next_step(const Erasure& erasure, Time now);

std::vector<std::string> waiting_for(const Erasure& erasure);
bool overdue(const Erasure& erasure, Time now);

// Where a list of erasures goes on: open ones by when they were asked for, then those that are done.
struct ErasurePlace {
  bool done = false;
  Time asked;
  ErasureId id;
};

// Erasures, within one transaction.
class Erasures {
 public:
  virtual ~Erasures() = default;
  // Forgets all that accounts itself keeps of the people, marks them as erased, and tells the house. The
  // account is locked.
  virtual Result<void> begin(const Erasure& erasure, const UserId& account) = 0;
  virtual Result<std::optional<Erasure>> find(const ErasureId& id) = 0;
  // The one of a person, by any of their ids.
  virtual Result<std::optional<Erasure>> of(const UserId& user) = 0;
  virtual Result<std::vector<UserId>> guests_of(const UserId& account) = 0;
  // `asked_before`: only open ones asked for before it.
  virtual Result<std::vector<Erasure>> list(std::optional<Time> asked_before,
                                            const std::optional<ErasurePlace>& after, int most) = 0;
  // Of an erasure that is not known: changes nothing.
  virtual Result<void> confirm(const ErasureId& id, int round, const std::string& service) = 0;
};

}  // namespace cliffhanger::accounts
