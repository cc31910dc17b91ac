// Heads of sources that are still being uploaded.
#include <map>

#include "libs/digest/sha256.h"
#include "services/transcode/store/early_queries.h"
#include "services/transcode/store/pg_revisions.h"

namespace cliffhanger::transcode {

Result<bool> PgRevisions::has_early(SourceId source) {
  CH_ASSIGN(const auto rows, tx_.run(queries::kHasEarly, call_.caller.tenant, source));
  return !rows.empty();
}

Result<void> PgRevisions::end_early(SourceId source) {
  CH_ASSIGN(const auto ended, tx_.run(queries::kEndEarly, call_.caller.tenant, source));
  return end_early_of(ended);
}

Result<void> PgRevisions::end_early_of(const sql::Rows& ended) {
  for (std::size_t i = 0; i < ended.size(); ++i) CH_TRY(sql::cancel_tasks(tx_, ended[i].uuid(0)));
  return {};
}

Result<void> PgRevisions::adopt(const std::vector<Recipe>& early, const std::vector<Recipe>& recipes) {
  std::map<PieceName, std::string> texts;
  for (const Recipe& recipe : recipes) texts[recipe.name] = recipe.text;
  std::vector<std::string> from, to;
  for (const Recipe& recipe : early) {
    const auto it = texts.find(recipe.name);
    if (it == texts.end()) continue;
    from.push_back(sha256_hex(recipe.text));
    to.push_back(sha256_hex(it->second));
  }
  CH_TRY(tx_.run(queries::kAdopt, call_.caller.tenant, from, to));
  return {};
}

}  // namespace cliffhanger::transcode
