#include "bench/prefetch/simulation.h"

#include <algorithm>
#include <deque>
#include <map>

#include "services/edge/packs/choice.h"

namespace cliffhanger::bench {
namespace {

constexpr double kStep = 0.01;      // seconds of one step
constexpr double kFullBuffer = 24;  // what the page's player holds of the current episode
constexpr double kAskAhead = 3;  // seconds buffered of the current one before a pack is asked for; while it
                                 // comes, no more of the current one
constexpr int kAhead = 3;
constexpr double kIndexBytes = 6'000;  // of a pack's index, with sessions
constexpr std::int64_t kPackBytes = 4 << 20;
constexpr int kTop = 1;

// What is fetched before segments; all of it together in a pack.
enum Lead { kSession = -1, kMain = -2, kMedia = -3, kInit = -4, kLead = -5 };

// Something fetched.
struct Object {
  int episode = 0;  // -1: a pack's index
  int segment = 0;  // or a Lead
  int rung = 0;
  double bytes = 0;
};

// Requests one after the other over a connection; each waits a round trip before its first byte. A pack is
// one request with many objects.
struct Flow {
  std::deque<Object> objects;
  double wait = 0;  // until the bytes of the object at hand begin to come
  bool one_request = false;
  bool idle() const { return objects.empty(); }
};

// What is held of an episode.
struct Held {
  bool session = false, main = false, playlists = false, init = false;
  std::vector<int> rung;  // of each segment; -1: not there
};

class Viewer {
 public:
  Viewer(const std::vector<Episode>& episodes, const NetworkKind& network, Policy policy, std::uint64_t seed)
      : episodes_(episodes),
        network_(network),
        policy_(policy),
        throughput_(network, seed),
        held_(episodes.size()) {
    for (std::size_t i = 0; i < episodes.size(); ++i) held_[i].rung.assign(episodes[i].begins.size(), -1);
  }

  Outcome run() {
    const int last = static_cast<int>(episodes_.size()) - kAhead;
    for (; now_ < last; ++now_) watch();
    for (std::size_t i = 0; i < episodes_.size(); ++i) count_waste(static_cast<int>(i));
    out_.wasted += spilled_;
    return out_;
  }

 private:
  const Episode& episode() const { return episodes_[static_cast<std::size_t>(now_)]; }
  Held& held(int i) { return held_[static_cast<std::size_t>(i)]; }

  void watch() {
    const double swiped = clock_;
    position_ = 0;
    front_ = {};
    keep_only_current(back_);
    bool started = false;
    const Episode& it = episode();
    while (position_ < it.watched - 1e-9) {
      plan_front();
      if (started) plan_back();
      advance();
      const int at = segment_at(position_);
      const bool there = held(now_).rung[static_cast<std::size_t>(at)] >= 0 && held(now_).session;
      if (!started && there) {
        started = true;
        if (now_ > 0) out_.startups.push_back(clock_ - swiped);
      }
      if (!started) continue;
      if (!there) {
        out_.stalled += kStep;
        continue;
      }
      position_ += kStep;
      out_.played += kStep;
      out_.quality += kStep * kLadder[held(now_).rung[static_cast<std::size_t>(at)]].side;
    }
    abandon(front_);
  }

  int segment_at(double position) const {
    const auto& begins = episode().begins;
    return static_cast<int>(std::upper_bound(begins.begin(), begins.end(), position + 1e-9) -
                            begins.begin()) -
           1;
  }

  // Seconds that can be played on without another byte.
  double buffered() {
    const Episode& it = episode();
    for (int i = segment_at(position_); i < it.segments(); ++i)
      if (held(now_).rung[static_cast<std::size_t>(i)] < 0)
        return std::max(0.0, it.begins[static_cast<std::size_t>(i)] - position_);
    return it.seconds - position_;
  }

  // The rung of the next segment of what plays: the same rule for every policy.
  int adaptive() const {
    if (estimate_ <= 0) return 0;
    int best = 4;
    for (int i = 0; i < kRungs; ++i)
      if (kLadder[i].declared <= 0.7 * estimate_ && kLadder[i].side > kLadder[best].side) best = i;
    return best;
  }

  void request(Flow& flow, Object object) {
    if (flow.idle()) flow.wait = network_.rtt;
    flow.objects.push_back(object);
  }

  // What must come before segments: session, multivariant and media playlists, init segments.
  bool lead_in(Flow& flow, int i) {
    Held& h = held(i);
    if (h.init) return true;
    const auto ask = [&](int what, double bytes) { request(flow, {i, what, 0, bytes}); };
    if (!h.session) {
      ask(kSession, 800);
    } else if (!h.main) {
      ask(kMain, kPlaylistBytes[0]);
    } else if (!h.playlists) {
      ask(kMedia, kPlaylistBytes[1]);
    } else {
      ask(kInit, kInitBytes);
    }
    return false;
  }

  void plan_front() {
    if (!front_.idle() || coming_in_pack()) return;
    if (policy_ == Policy::kPacks && !held(now_).session) {
      edge::Network network;
      network.throughput = static_cast<std::int64_t>(estimate_);
      return ask_pack(front_, {now_}, network);
    }
    if (!lead_in(front_, now_)) return;
    if (policy_ == Policy::kPacks && !back_.idle() && buffered() >= kAskAhead) return;
    const Episode& it = episode();
    for (int i = segment_at(position_); i < it.segments(); ++i) {
      if (held(now_).rung[static_cast<std::size_t>(i)] >= 0) continue;
      if (it.begins[static_cast<std::size_t>(i)] - position_ < kFullBuffer)
        segment(front_, now_, i, adaptive());
      return;
    }
  }

  // Whether the start of what is watched is on its way in the back.
  bool coming_in_pack() const {
    return std::any_of(back_.objects.begin(), back_.objects.end(),
                       [&](const Object& o) { return o.episode == now_; });
  }

  void segment(Flow& flow, int i, int at, int rung) {
    request(flow,
            {i, at, rung, episodes_[static_cast<std::size_t>(i)].bytes[rung][static_cast<std::size_t>(at)]});
  }

  void plan_back() {
    if (!back_.idle()) return;
    switch (policy_) {
      case Policy::kNone:
        return;
      case Policy::kPacks:
        return ask_ahead();
      case Policy::kEverything:
        return one_by_one(kAhead, 1000, adaptive());
      case Policy::kTopFirst:
        return one_by_one(kAhead, 1, kTop);
      case Policy::kNextFour:
        return one_by_one(1, 2, adaptive());
    }
  }

  void one_by_one(int ahead, int segments, int rung) {
    for (int i = now_ + 1; i <= now_ + ahead; ++i) {
      if (!lead_in(back_, i)) return;
      const int most = std::min(segments, episodes_[static_cast<std::size_t>(i)].segments());
      for (int at = 0; at < most; ++at)
        if (held(i).rung[static_cast<std::size_t>(at)] < 0) return segment(back_, i, at, rung);
    }
  }

  // The next ones that are not held, once what plays has enough.
  void ask_ahead() {
    std::vector<int> wanted;
    for (int i = now_ + 1; i <= now_ + kAhead; ++i)
      if (!held(i).session) wanted.push_back(i);
    const double ahead = buffered();
    const bool whole = ahead + position_ >= episode().seconds - 0.1;
    if (wanted.empty() || (ahead < kAskAhead && !whole)) return;
    edge::Network network;
    network.throughput = static_cast<std::int64_t>(estimate_);
    if (!whole) network.buffered = std::chrono::milliseconds(static_cast<int>(ahead * 1000));
    ask_pack(back_, wanted, network);
  }

  // As the edge does it, with its own rules: which rung, how much, in which order.
  void ask_pack(Flow& flow, const std::vector<int>& wanted, const edge::Network& network) {
    std::vector<edge::Cost> costs;
    std::vector<int> rungs;
    const double lead = kPlaylistBytes[0] + kPlaylistBytes[1] + kInitBytes;
    for (const int i : wanted) {
      const Episode& it = episodes_[static_cast<std::size_t>(i)];
      std::vector<edge::Rung> ladder;
      for (int r = 0; r < kRungs; ++r)
        ladder.push_back({kLadder[r].side, static_cast<std::int64_t>(kLadder[r].declared),
                          static_cast<std::int64_t>(lead + it.bytes[r][0])});
      const auto rung = edge::choose_rung(ladder, 0, network);
      rungs.push_back(static_cast<int>(rung));
      costs.push_back({ladder[rung].start_bytes, static_cast<std::int64_t>(it.bytes[rung][1])});
    }
    const auto cut =
        edge::cut(costs, edge::spendable(kPackBytes, network) - static_cast<std::int64_t>(kIndexBytes));
    if (std::all_of(cut.begin(), cut.end(), [](int segments) { return segments == 0; })) return;
    flow.one_request = true;
    flow.wait = network_.rtt;
    flow.objects.push_back({-1, kSession, 0, kIndexBytes});
    for (int round = 0; round < 2; ++round) {
      for (std::size_t k = 0; k < wanted.size(); ++k) {
        if (cut[k] <= round) continue;
        if (round == 0) flow.objects.push_back({wanted[k], kLead, 0, lead});
        const auto& sizes = episodes_[static_cast<std::size_t>(wanted[k])].bytes[rungs[k]];
        flow.objects.push_back({wanted[k], round, rungs[k], sizes[static_cast<std::size_t>(round)]});
      }
    }
  }

  // A step of time: flows that have something share the network.
  void advance() {
    double bytes = throughput_.at(clock_) * kStep / 8;
    const int busy = (front_.idle() || front_.wait > 0 ? 0 : 1) + (back_.idle() || back_.wait > 0 ? 0 : 1);
    double moved = 0;
    for (Flow* flow : {&front_, &back_}) {
      if (flow->idle()) continue;
      if (flow->wait > 0) {
        flow->wait -= kStep;
      } else {
        moved += take(*flow, bytes / busy);
      }
    }
    if (busy > 0) learn(moved / kStep * 8);
    clock_ += kStep;
  }

  double take(Flow& flow, double bytes) {
    double moved = 0;
    while (bytes > 0 && !flow.idle() && flow.wait <= 0) {
      Object& object = flow.objects.front();
      const double part = std::min(bytes, object.bytes - partial_[&flow]);
      partial_[&flow] += part;
      bytes -= part;
      moved += part;
      out_.bytes += part;
      if (partial_[&flow] < object.bytes - 1e-6) break;
      deliver(object);
      partial_[&flow] = 0;
      flow.objects.pop_front();
      if (!flow.one_request && !flow.idle()) flow.wait = network_.rtt;
      if (flow.idle()) flow.one_request = false;
    }
    return moved;
  }

  void deliver(const Object& o) {
    if (o.episode < 0) return;
    Held& h = held(o.episode);
    if (o.segment == kSession || o.segment == kLead) h.session = true;
    if (o.segment == kMain || o.segment == kLead) h.main = true;
    if (o.segment == kMedia || o.segment == kLead) h.playlists = true;
    if (o.segment == kInit || o.segment == kLead) h.init = true;
    if (o.segment >= 0) h.rung[static_cast<std::size_t>(o.segment)] = o.rung;
  }

  // What a player measures: the mean of the last seconds of transfer.
  void learn(double bps) { estimate_ = estimate_ <= 0 ? bps : estimate_ + (bps - estimate_) * kStep / 3; }

  // After a swipe: a flow goes on only for what is watched now.
  void keep_only_current(Flow& flow) {
    std::size_t keep = 0;
    for (std::size_t k = 0; k < flow.objects.size(); ++k)
      if (flow.objects[k].episode == now_) keep = k + 1;
    if (keep == 0) return abandon(flow);
    flow.objects.resize(keep);
  }

  void abandon(Flow& flow) {
    spilled_ += partial_[&flow];
    partial_[&flow] = 0;
    flow = {};
  }

  // Segments that were never entered.
  void count_waste(int i) {
    const Episode& it = episodes_[static_cast<std::size_t>(i)];
    for (int at = 0; at < it.segments(); ++at) {
      const int rung = held(i).rung[static_cast<std::size_t>(at)];
      const bool entered = i < now_ && it.begins[static_cast<std::size_t>(at)] < it.watched;
      if (rung >= 0 && !entered) out_.wasted += it.bytes[rung][static_cast<std::size_t>(at)];
    }
  }

  const std::vector<Episode>& episodes_;
  const NetworkKind network_;
  const Policy policy_;
  Throughput throughput_;
  std::vector<Held> held_;
  std::map<const Flow*, double> partial_;
  Flow front_, back_;
  Outcome out_;
  double clock_ = 0, position_ = 0, estimate_ = 0, spilled_ = 0;
  int now_ = 0;
};

}  // namespace

Outcome simulate(const std::vector<Episode>& episodes, const NetworkKind& network, Policy policy,
                 std::uint64_t seed) {
  return Viewer(episodes, network, policy, seed).run();
}

}  // namespace cliffhanger::bench
