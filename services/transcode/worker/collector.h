#pragma once
#include <functional>
#include <string>

#include "libs/blob/blob.h"
#include "libs/media/event.h"
#include "services/transcode/worker/ledger.h"

namespace cliffhanger::transcode {

// Takes what a child says of its files, makes each an object and commits it as a piece, one by one: what is
// committed is never done again. The child works on hostile input, so nothing that it says is believed
// unseen: names, sizes and digests are checked.
class Collector {
 public:
  struct Deps {
    Ledger& ledger;
    blob::Store& blobs;
  };
  // Called after each new piece.
  using Committed = std::function<Result<void>(const PieceName&)>;
  // `work` outlives the collector; `folder` is where the child writes.
  Collector(Deps deps, const Ledger::Work& work, std::string folder, Committed committed);

  // For media::Runner. Fails with MEDIA_PROTOCOL, LEASE_LOST, and what the stores fail with.
  Result<void> take(const media::Event& event);
  Result<void> take_picture(const media::PictureEvent& event);
  // Once the child has ended well: fails with MEDIA_PROTOCOL if it left something out.
  Result<void> finish() const;

 private:
  std::string track_of(const std::string& rung) const;
  struct Claim {
    std::string file;
    std::int64_t bytes;
    std::string sha256;
  };
  Result<void> store(const Piece& piece, const std::string& path);
  Result<void> keep(Piece piece, const Claim& claim, const std::string& expected_file);
  Deps deps_;
  const Ledger::Work& work_;
  const std::string folder_;
  const Committed committed_;
  std::set<PieceName> wanted_, present_;
};

}  // namespace cliffhanger::transcode
