#include "libs/conformance/boxes.h"

#include <algorithm>

#include "libs/conformance/limits.h"
#include "libs/conformance/text.h"

namespace cliffhanger::conformance {

Error bad_boxes(std::string what) {
  return invalid("BAD_BOXES", std::move(what));
}

ByteSpan Cursor::bytes(std::size_t count) {
  if (count > left()) {
    failed_ = true;
    at_ = bytes_.size();
    return {};
  }
  at_ += count;
  return bytes_.subspan(at_ - count, count);
}

std::uint64_t Cursor::take(std::size_t count) {
  std::uint64_t value = 0;
  for (const std::uint8_t byte : bytes(count)) value = value << 8 | byte;
  return value;
}

std::string Cursor::text(std::size_t count) {
  const ByteSpan taken = bytes(count);
  return {reinterpret_cast<const char*>(taken.data()), taken.size()};
}

Result<std::vector<Box>> boxes_in(ByteSpan bytes) {
  std::vector<Box> out;
  Cursor in(bytes);
  while (in.left() > 0) {
    if (out.size() == kMaxBoxes) return fail(bad_boxes("There are too many boxes."));
    const std::size_t before = in.left();
    std::uint64_t size = in.u32();
    std::string type = in.text(4);
    if (size == 1) size = in.u64();
    if (size == 0 && !in.failed()) size = before;  // to the end
    const std::size_t header = before - in.left();
    if (in.failed() || size < header || size > before)
      return fail(bad_boxes("The box \"" + shown(type) + "\" is cut off or has an impossible size."));
    out.push_back({std::move(type), in.bytes(static_cast<std::size_t>(size) - header)});
  }
  return out;
}

const Box* find_box(const std::vector<Box>& boxes, std::string_view type) {
  const auto it = std::find_if(boxes.begin(), boxes.end(), [&](const Box& box) { return box.type == type; });
  return it == boxes.end() ? nullptr : &*it;
}

Result<Box> descend(std::vector<Box> boxes, std::initializer_list<std::string_view> path) {
  Box found;
  for (auto step = path.begin(); step != path.end(); ++step) {
    const Box* box = find_box(boxes, *step);
    if (box == nullptr) return Box{};
    found = *box;
    if (step + 1 == path.end()) break;
    CH_ASSIGN(boxes, boxes_in(found.body));
  }
  return found;
}

}  // namespace cliffhanger::conformance
