#include "services/catalog/rpc/taste_order.h"

#include "libs/obs/names.h"
#include "services/catalog/domain/relevance.h"

namespace cliffhanger::catalog {
namespace {

constexpr int kFailures = 3;  // in a row, and most searches don't ask any more

obs::Counter searches(obs::Metrics& metrics, const char* order) {
  return metrics.counter(obs::names::kSearches, "Pages of search results, by what put them in order",
                         {{"order", order}});
}

}  // namespace

TasteOrder::TasteOrder(ValueSeries values, const Clock& clock, obs::Metrics& metrics)
    : values_(std::move(values)),
      silence_(clock, kFailures),
      by_taste_(searches(metrics, "taste")),
      by_text_(searches(metrics, "text")),
      away_(searches(metrics, "taste_away")) {}

void TasteOrder::order(const Call& call, const std::string& query, const std::vector<double>& relevance,
                       v1::SearchSeriesResponse& page) const {
  if (page.series_size() < 2 || call.caller.user.empty()) return by_text_.add();
  if (!silence_.ask()) return away_.add();
  recommendation::v1::ValueSeriesRequest ask;
  for (const auto& series : page.series()) ask.add_series_ids(series.series_id());
  Call patient = call;
  patient.deadline = std::min(call.deadline, std::chrono::steady_clock::now() + kTastePatience);
  const auto got = values_(patient, ask);
  silence_.told(got.has_value());
  if (!got) return away_.add();
  if (!got->known() || got->values_size() != page.series_size()) return by_text_.add();
  std::vector<Match> matches;
  for (int i = 0; i < page.series_size(); ++i)
    matches.push_back(
        {relevance[static_cast<std::size_t>(i)], is_title(query, page.series(i).title()), got->values(i)});
  v1::SearchSeriesResponse ordered;
  for (const auto at : order_by_worth(matches))
    ordered.add_series()->Swap(page.mutable_series(static_cast<int>(at)));
  page.mutable_series()->Swap(ordered.mutable_series());
  page.set_order(v1::SEARCH_ORDER_TASTE);
  by_taste_.add();
}

}  // namespace cliffhanger::catalog
