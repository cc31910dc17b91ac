#include "services/community/store/pg_board.h"

#include "cliffhanger/community/v1/events.pb.h"
#include "services/community/domain/limits.h"
#include "services/community/store/queries.h"

namespace cliffhanger::community {
namespace {

v1::Subject to_proto(Kind kind) {
  switch (kind) {
    case Kind::kEpisode:
      return v1::SUBJECT_EPISODE;
    case Kind::kCreator:
      return v1::SUBJECT_CREATOR;
    case Kind::kSeries:
      break;
  }
  return v1::SUBJECT_SERIES;
}

v1::Reaction to_proto(Reaction reaction) {
  switch (reaction) {
    case Reaction::kFavourite:
      return v1::REACTION_FAVOURITE;
    case Reaction::kFollow:
      return v1::REACTION_FOLLOW;
    case Reaction::kLike:
      break;
  }
  return v1::REACTION_LIKE;
}

}  // namespace

Result<UserId> PgBoard::person(const UserId& guest) {
  CH_TRY(tx_.run(queries::kHoldPerson, tenant_, guest));
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kPerson, tenant_, guest));
  return rows.empty() ? guest : rows[0].id<UserId>(0);
}

Result<bool> PgBoard::is_creator(const Uuid& user) {
  return tx_.run(queries::kIsCreator, tenant_, user).map([](const sql::Rows& rows) {
    return rows[0].flag(0);
  });
}

Result<std::int64_t> PgBoard::set(const UserId& user, const Subject& subject, Reaction reaction, Time now) {
  const auto kind = to_text(subject.kind), what = to_text(reaction);
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kSet, tenant_, user, what, kind, subject.id, now));
  if (rows.affected() == 0) return 0;
  CH_ASSIGN(const sql::Rows counter, tx_.run(queries::kCountUp, tenant_, kind, subject.id, what));
  return counter[0].number(0);
}

Result<std::int64_t> PgBoard::clear(const UserId& user, const Subject& subject, Reaction reaction) {
  const auto kind = to_text(subject.kind), what = to_text(reaction);
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kClear, tenant_, user, what, kind, subject.id));
  if (rows.affected() == 0) return 0;
  CH_ASSIGN(const sql::Rows counter, tx_.run(queries::kCountDown, tenant_, kind, subject.id, what));
  if (counter.empty()) return fail(internal("COUNTER_MISSING", "A reaction was never counted."));
  return counter[0].number(0);
}

Result<std::vector<Standing>> PgBoard::standings(const UserId& user, const std::vector<Subject>& subjects) {
  std::vector<std::string> kinds, ids;
  for (const auto& subject : subjects) {
    kinds.emplace_back(to_text(subject.kind));
    ids.push_back(subject.id.text());
  }
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kStandings, tenant_, user, kinds, ids));
  std::vector<Standing> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    out.push_back(
        {subjects[i], {row.number(0), row.number(1), row.number(2)}, row.flag(3), row.flag(4), row.flag(5)});
  }
  return out;
}

Result<std::vector<Listed>> PgBoard::list(const UserId& user, Reaction reaction,
                                          const std::optional<Listed>& after, int limit) {
  const auto since = after ? sql::Param(after->since) : sql::Param(std::nullopt);
  const auto kind = after ? sql::Param(to_text(after->subject.kind)) : sql::Param(std::nullopt);
  const auto id = after ? sql::Param(after->subject.id) : sql::Param(std::nullopt);
  CH_ASSIGN(const sql::Rows rows,
            tx_.run(queries::kList, tenant_, user, to_text(reaction), since, kind, id, limit));
  std::vector<Listed> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[i];
    const auto listed_kind = kind_of(row.text(0));
    if (!listed_kind) return fail(internal("BAD_ROW", "The database holds an unknown kind of thing."));
    out.push_back({{*listed_kind, row.uuid(1)}, row.time(2)});
  }
  return out;
}

Result<void> PgBoard::merge(const UserId& guest, const UserId& user) {
  CH_TRY(tx_.run(queries::kLockPerson, tenant_, guest));
  CH_TRY(tx_.run(queries::kRemember, tenant_, guest, user));
  CH_TRY(tx_.run(queries::kMerge, tenant_, guest, user));
  return {};
}

Result<bool> PgBoard::forget(const std::vector<UserId>& people) {
  std::vector<std::string> ids;
  for (const auto& id : people) ids.push_back(id.text());
  CH_ASSIGN(const sql::Rows rows, tx_.run(queries::kForget, tenant_, ids, kForgetAtOnce));
  return rows[0].number(0) >= kForgetAtOnce;
}

Result<void> PgBoard::hear_creator(const UserId& user) {
  CH_TRY(tx_.run(queries::kHearCreator, tenant_, user));
  return {};
}

Result<void> OutboxNews::changed(const UserId& user, const Subject& subject, Reaction reaction, bool set,
                                 std::int64_t version) {
  v1::ReactionChanged event;
  event.set_user_id(user.text());
  event.set_subject(to_proto(subject.kind));
  event.set_subject_id(subject.id.text());
  event.set_reaction(to_proto(reaction));
  event.set_set(set);
  event.set_version(version);
  return outbox_.emit(tx_, call_, subject.id, version, event);
}

}  // namespace cliffhanger::community
