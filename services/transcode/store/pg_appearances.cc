#include "services/transcode/store/pg_appearances.h"

#include "cliffhanger/transcode/v1/events.pb.h"
#include "services/transcode/store/cut_queries.h"

namespace cliffhanger::transcode {

Result<std::vector<Showing>> PgAppearances::list(EpisodeId film, const OwnerFilter& owner,
                                                 std::optional<RevisionId> after, int most) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kListShowing, call_.caller.tenant, film, owner, after, most));
  std::vector<Showing> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Showing one;
    CH_ASSIGN(one.cut, revisions_.find(rows[i].id<RevisionId>(0)));
    std::int64_t at_ms = 0;
    for (const CutStretch& part : one.cut.stretches) {
      if (part.episode == film) one.parts.push_back({part.revision, part.from_ms, part.to_ms, at_ms});
      at_ms += part.to_ms - part.from_ms;
    }
    out.push_back(std::move(one));
  }
  return out;
}

Result<void> PgAppearances::hear_takedown(EpisodeId film, std::int64_t version, bool taken_down) {
  const Tenant& tenant = call_.caller.tenant;
  CH_ASSIGN(const auto news, tx_.run(queries::kIsNewTakedown, tenant, film, version, taken_down));
  if (news.empty()) return {};
  CH_TRY(tx_.run(queries::kLockFilm, tenant, film.text()));
  CH_TRY(tx_.run(queries::kNoteTakedown, tenant, film, taken_down));
  CH_ASSIGN(const auto cuts, tx_.run(queries::kLockShowing, tenant, film));
  std::vector<std::string> ready;
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    if (cuts[i].text(1) == to_text(State::kReady))
      ready.push_back(cuts[i].text(0));
    else if (taken_down)
      CH_TRY(revisions_.fail_revision(cuts[i].id<RevisionId>(0), film_taken_down({film})));
  }
  CH_ASSIGN(const auto judged, tx_.run(queries::kJudge, tenant, ready));
  for (std::size_t i = 0; i < judged.size(); ++i) CH_TRY(tell(judged[i]));
  return {};
}

Result<void> PgAppearances::tell(const sql::Rows::Row& judged) {
  const auto cut = judged.id<RevisionId>(0);
  v1::RevisionWithheld event;
  event.set_revision_id(cut.text());
  event.set_episode_id(judged.text(1));
  event.set_version(judged.number(2));
  if (judged.flag(3)) {
    CH_ASSIGN(const auto films, revisions_.taken_down_in(cut));
    event.set_message(film_taken_down(films).message);
  }
  return outbox_.emit(tx_, call_, cut.uuid(), event.version(), event);
}

}  // namespace cliffhanger::transcode
