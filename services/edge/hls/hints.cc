#include "services/edge/hls/hints.h"

#include "services/edge/limits.h"
#include "services/edge/packs/start.h"

namespace cliffhanger::edge {
namespace {

// The reference from the playlist `from` to the member `to`.
std::string relative(std::string_view from, std::string_view to) {
  const auto slash = from.rfind('/');
  const auto folder = slash == from.npos ? std::string_view() : from.substr(0, slash + 1);
  if (to.starts_with(folder)) return std::string(to.substr(folder.size()));
  std::string up;
  for (const char c : folder)
    if (c == '/') up += "../";
  return up.append(to);
}

// One list of links: members of the index, in the order in which they are asked for.
class Links {
 public:
  Links(const Index& index, std::string_view from) : index_(index), from_(from) {}
  void add(const std::string& name) {
    // A reference that would have to be quoted is none of ours.
    const bool plain = name.find_first_of("<>\"\\% ,;") == name.npos;
    if (!plain || !index_.members.contains(name)) return;
    if (!text_.empty()) text_ += ", ";
    text_ += '<' + relative(from_, name) + ">; rel=preload; as=fetch; crossorigin";
  }
  void add(const Step& step) {
    add(step.init);
    add(step.segment);
  }
  std::string take() { return std::move(text_); }

 private:
  const Index& index_;
  const std::string_view from_;
  std::string text_;
};

std::optional<Step> first_step(std::string_view name, std::string_view text) {
  auto steps = read_steps(name, text, 0, 1);
  if (!steps || steps->empty()) return std::nullopt;
  return std::move(steps->front());
}

}  // namespace

Hints::Hints(Objects& objects) : objects_(objects), made_({kHintCacheBytes, kHintCacheBytes / kHintBytes, kCacheShards}) {}

http::SharedText Hints::of(const std::string& scope, const Index& index, const std::string& name, const Member& member,
                           const std::string& text) {
  static const auto kNothing = std::make_shared<const std::string>();
  if (!name.ends_with(".m3u8")) return kNothing;
  const auto key = scope + '/' + name + '/' + member.key;
  if (auto hit = made_.get(key)) return *hit;
  auto [links, whole] = make(index, name, text);
  const auto made = std::make_shared<const std::string>(std::move(links));
  // What a provisional revision begins with stays, but not all of it may be there yet.
  if (index.ready && whole) made_.put(key, made, key.size() + made->size() + kEntryBytes);
  return made;
}

Hints::Made Hints::make(const Index& index, const std::string& name, const std::string& text) {
  Links links(index, name);
  const auto main = read_main(text);
  if (!main) {
    if (const auto step = first_step(name, text)) links.add(*step);
    return {links.take()};
  }
  bool whole = true;
  std::vector<std::string> playlists = {main->variants.front().playlist};
  if (const auto* sound = sound_for(*main, main->variants.front(), "")) playlists.push_back(sound->playlist);
  for (const auto& playlist : playlists) links.add(playlist);
  for (const auto& playlist : playlists) {
    const auto found = index.members.find(playlist);
    if (found == index.members.end()) continue;
    const auto media = objects_.text_at_hand(found->second.key, index.ready);
    whole = whole && media;
    if (!media) continue;
    if (const auto step = first_step(playlist, *media->plain)) links.add(*step);
  }
  return {links.take(), whole};
}

}  // namespace cliffhanger::edge
