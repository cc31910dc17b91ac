#pragma once
#include <set>
#include <span>

#include "services/recommendation/domain/menu.h"
#include "services/recommendation/rpc/feed_rpc.h"

namespace cliffhanger::recommendation {

// One GetFeed. What it is made of outlives it.
class FeedPage {
 public:
  FeedPage(const RpcDeps& deps, const Call& call) : deps_(deps), call_(call) {}
  Result<v1::GetFeedResponse> answer(const v1::GetFeedRequest& in);

 private:
  // One place of the page: which series, with which episode.
  struct Item {
    At at = kNowhere;
    SeriesId series;
    EpisodeId episode;
    Reason reason = Reason::kPopular;
    At because = kNowhere;
  };

  template <class Work>
  auto read(Work work);
  Result<Viewer> viewer();
  void choose_ranking(const Viewer& viewer);
  Menu menu(const Viewer& viewer, const Chain& chain, const ShownList& shown, std::size_t size);
  // Of a viewer whose history is longer than what was read: what they began after all.
  Result<void> drop_begun(Menu& menu);
  Result<std::vector<Item>> items(const Menu& menu, const std::vector<Placed>& placed);
  // Puts what catalog still has of `items` on the page, in their order; tells for each whether it is there.
  // It stops when the page is full.
  Result<std::vector<bool>> fill(v1::GetFeedResponse& out, std::span<const Item> items, std::size_t size,
                                 Chain& chain);
  Result<std::size_t> fetch(v1::GetFeedResponse& out, std::span<const Item> items, std::vector<bool>& there);
  // The last good list if `why` is that something is away, counted by `as`; else it fails with that.
  Result<v1::GetFeedResponse> last_good(const Viewer& viewer, const Chain& chain, std::size_t size,
                                        const Error& why, const obs::Counter& as);
  void log(const Viewer& viewer, const Chain& chain, const Places& places, Menu menu,
           std::vector<Placed> placed, std::vector<bool> on_page, v1::GetFeedResponse& out);

  const RpcDeps& deps_;
  const Call& call_;
  std::string region_;  // where the caller is
  std::shared_ptr<const Catalogue> catalogue_;
  std::shared_ptr<const TasteModel> model_;
  FeedArms::Chosen chosen_;     // how this viewer's feed ranks
  std::set<std::string> arms_;  // of what is on the page
  std::shared_ptr<const Ranker> ranker_;
};

}  // namespace cliffhanger::recommendation
