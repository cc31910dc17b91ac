#pragma once
// For tests: uploads under limits, on a real database.
#include "services/ingest/domain/quota.h"
#include "services/ingest/test_uploads.h"

namespace cliffhanger::ingest {

inline constexpr std::int64_t kLimit = 1000;

class StorageTest : public IngestTest {
 protected:
  template <class Use>
  auto limited(Use use) {
    return pool_->transact([&](sql::Tx& tx) {
      PgLibrary library(tx, clock_, random_);
      Uploads uploads(library, clock_, random_, policy_);
      return use(uploads, library);
    });
  }
  Result<Upload> take(std::int64_t length, Purpose purpose = Purpose::kVideo, bool deferred = false) {
    NewUpload wanted{episode_, length, "a.mp4", "", ""};
    wanted.purpose = purpose;
    wanted.length_deferred = deferred;
    if (purpose == Purpose::kPartial) wanted.episode = {};
    if (purpose == Purpose::kDub) wanted.language = "es";
    return limited([&](Uploads& u, auto&) { return u.create_upload(me_, wanted); });
  }
  std::int64_t used() {
    return limited([&](auto&, Library& library) { return library.stored(me_.tenant, me_.user); })->used;
  }
  Result<Upload> add(const Upload& to, std::int64_t bytes, std::int64_t length = 0) {
    const auto begun = limited([&](Uploads& u, auto&) { return u.begin(me_, to.id, to.offset, length); });
    if (!begun || bytes == 0) return begun;
    const Part part{begun->epoch, begun->offset, bytes, std::string(64, 'a'),
                    part_prefix(*begun) + std::to_string(begun->offset)};
    return limited([&](Uploads& u, auto&) { return u.commit_part(me_, begun->id, part); });
  }
  static std::string reason(const Result<Upload>& result) { return result ? "" : result.error().reason; }
  void limit(std::optional<std::int64_t> bytes) {
    ASSERT_TRUE(
        limited([&](auto&, Library& library) { return library.set_limit(me_.tenant, me_.user, bytes); }));
  }
  Policy policy_{1 << 20, 0, kLimit};
};

}  // namespace cliffhanger::ingest
