#pragma once
#include <map>
#include <optional>

#include "libs/blob/blob.h"
#include "libs/obs/log.h"
#include "libs/obs/metrics.h"
#include "libs/sql/sql.h"
#include "services/recommendation/domain/ranking_file.h"
#include "services/recommendation/store/pg_models.h"
#include "services/recommendation/store/pg_ranking.h"

namespace cliffhanger::recommendation {

// Goes on learning with the rankings in use, from pages whose outcomes have come meanwhile: one replica at a
// time, in steps that are one transaction each: the pages' outcomes, the learner that comes of them and how
// far it is. So each page counts once whatever is told twice or dies, and every replica ranks with the same.
class RankingStudent {
 public:
  struct Deps {
    sql::Pool& pool;
    blob::Store& blobs;
    const Clock& clock;
    Random& random;
    obs::Metrics& metrics;
    obs::Logger log;
    bool profiled = true;  // whether of who decided nothing it may be learnt
    std::function<void()> learnt = {};
  };
  explicit RankingStudent(Deps deps) : deps_(std::move(deps)) {}

  // One step of each tenant; whether there may be more at once. One thread at a time. Fails if the database
  // or the store is away.
  Result<bool> step();

 private:
  struct Entry {
    Uuid object;
    std::optional<RankingFile> file;  // none: it can't be read, now or ever
  };
  // Null: the file can't be read, which those who serve it tell of.
  const RankingFile* file_of(const ActiveModel& active);
  Result<std::size_t> learn(sql::Tx& tx, const ActiveModel& active, const RankingFile& file);
  Result<std::vector<Decision>> next_pages(sql::Tx& tx, const Tenant& tenant, DecisionId upto);

  Deps deps_;
  std::map<Tenant, Entry> files_;
};

}  // namespace cliffhanger::recommendation
