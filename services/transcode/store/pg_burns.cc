#include "services/transcode/store/pg_burns.h"

#include "libs/digest/sha256.h"
#include "services/transcode/store/burn_queries.h"

namespace cliffhanger::transcode {

Result<std::vector<PgBurns::Row>> PgBurns::of(RevisionId revision) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kBurned, tenant_, revision));
  std::vector<Row> out;
  for (std::size_t i = 0; i < rows.size(); ++i)
    out.push_back({rows[i].text(0), rows[i].text(1), rows[i].text(2)});
  return out;
}

Result<bool> PgBurns::begin(RevisionId revision, const Burning& what, const std::vector<Recipe>& recipes) {
  CH_ASSIGN(const auto news, tx_.run(queries::kBeginBurned, tenant_, revision, what.language, what.version));
  if (news.empty()) return false;
  std::vector<std::string> tracks, ordinals, keys;
  for (const Recipe& recipe : recipes) {
    tracks.push_back(recipe.name.track);
    ordinals.push_back(std::to_string(recipe.name.index));
    keys.push_back(sha256_hex(recipe.text));
  }
  CH_TRY(tx_.run(queries::kInsertBurnedPieces, tenant_, revision, tracks, ordinals, keys));
  return true;
}

Result<bool> PgBurns::is_asked(RevisionId revision, const Burning& what) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kBurnIsAsked, tenant_, revision, what.language, what.version));
  return !rows.empty();
}

Result<std::optional<std::string>> PgBurns::state(RevisionId revision, const std::string& language,
                                                  const std::string& version) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kBurnedState, tenant_, revision, language, version));
  if (rows.empty()) return std::nullopt;
  return rows[0].text(0);
}

Result<void> PgBurns::set(RevisionId revision, const std::string& language, const std::string& version,
                          const std::string& state, bool manifest) {
  CH_TRY(tx_.run(queries::kSetBurned, tenant_, revision, language, version, state, manifest));
  return {};
}

Result<void> PgBurns::give_up(sql::TaskId task, const Error& why) {
  CH_TRY(tx_.run(queries::kFailBurned, tenant_, task, why.reason, why.message));
  return {};
}

std::string burn_version(const std::string& webvtt) {
  return sha256_hex(webvtt).substr(0, 16);
}

}  // namespace cliffhanger::transcode
