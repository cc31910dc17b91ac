#include "services/recommendation/domain/interactions.h"

#include <algorithm>
#include <cmath>

namespace cliffhanger::recommendation {
namespace {

// FNV-1a with a final mix (Murmur3's): version-7 ids of one second differ in few bits.
std::uint64_t hash_of(UserId viewer) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const auto byte : viewer.uuid().bytes()) hash = (hash ^ byte) * 0x100000001b3;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  return hash ^ (hash >> 33);
}

}  // namespace

double worth_of(const Took& took) {
  const double watched = took.started > 0 ? 0.5 : 0;
  const double completed = 0.5 * std::log2(1 + std::max(0, took.completed));
  const double said = (took.liked > 0 ? 1 : 0) + (took.favourite ? 1 : 0) + (took.follows ? 1 : 0) +
                      (took.shared > 0 ? 1.5 : 0);
  const double skipped = 0.5 * std::log2(1 + std::max(0, took.skipped));
  return std::clamp(watched + completed + said - skipped, 0.0, 4.0);
}

void Interactions::add(const Took& took) {
  if (took.viewer != viewer_) {
    end_viewer();
    viewer_ = took.viewer;
  }
  if (const double worth = worth_of(took); worth > 0)
    of_viewer_.push_back({took.at, took.series, static_cast<float>(worth)});
}

void Interactions::end_viewer() {
  const auto hash = hash_of(viewer_);
  if (!of_viewer_.empty() && kept(hash)) {
    std::ranges::sort(of_viewer_, [](const Liked& a, const Liked& b) {
      return a.at != b.at ? a.at < b.at : a.series < b.series;
    });
    const auto older = of_viewer_.size() - std::min(of_viewer_.size(), kMostOfViewer);
    std::vector<learn::Index> items;
    for (auto i = older; i < of_viewer_.size(); ++i) {
      const auto next = static_cast<learn::Index>(index_.size());
      items.push_back(index_.try_emplace(of_viewer_[i].series, next).first->second);
      history_.rating.push_back(of_viewer_[i].worth);
    }
    history_.add_user(items);
    viewers_.push_back(hash);
    while (history_.item.size() > most_ && history_.users > 1) halve();
  }
  of_viewer_.clear();
}

void Interactions::halve() {
  left_out_ = left_out_ << 1 | 1;
  learn::History rest;
  std::vector<std::uint64_t> viewers;
  for (learn::Index user = 0; user < history_.users; ++user) {
    if (!kept(viewers_[user])) continue;
    viewers.push_back(viewers_[user]);
    rest.rating.insert(rest.rating.end(), history_.rating.begin() + history_.start[user],
                       history_.rating.begin() + history_.start[user + 1]);
    rest.add_user(history_.of(user));
  }
  history_ = std::move(rest);
  viewers_ = std::move(viewers);
}

// Series get their numbers in the order of their ids, whoever took them first; those that nobody is left of,
// none.
Interactions::Learnt Interactions::take() {
  end_viewer();
  Learnt out;
  std::vector<char> used(index_.size(), 0);
  for (const auto item : history_.item) used[item] = 1;
  for (const auto& [series, item] : index_)
    if (used[item]) out.series.push_back(series);
  std::ranges::sort(out.series);
  std::vector<learn::Index> number(index_.size(), -1);
  for (std::size_t i = 0; i < out.series.size(); ++i)
    number[index_.at(out.series[i])] = static_cast<learn::Index>(i);
  for (auto& item : history_.item) item = number[item];
  out.history = std::move(history_);
  out.history.items = static_cast<learn::Index>(out.series.size());
  out.history.ordered = true;
  *this = Interactions(most_);
  return out;
}

}  // namespace cliffhanger::recommendation
