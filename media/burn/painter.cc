// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/burn/painter.h"

extern "C" {
#include <ass/ass.h>
}

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "media/burn/blend.h"
#include "media/burn/layout.h"

namespace cliffhanger::media {
namespace {

// Everything in thousandths of the picture's height or width. Players lay their controls, and short-drama
// apps the title, over the lowest fifth of an upright picture and a column at its right.
struct Style {
  int size;               // of an em
  int bottom, top, side;  // margins
};
constexpr int kUprightSizeOfWidth = 62, kWideSizeOfHeight = 52;
constexpr int kUprightBottom = 190, kWideBottom = 80, kTop = 80, kSide = 80;
// Nobody reads what begins so low; it is set from the bottom.
constexpr int kLowest = 75;  // per cent
constexpr int kMostGlyphs = 2000, kMostBitmapMib = 16;

Style style_for(Size size) {
  const bool upright = size.height > size.width;
  const int em = upright ? size.width * kUprightSizeOfWidth / 1000 : size.height * kWideSizeOfHeight / 1000;
  return {std::max(8, em), size.height * (upright ? kUprightBottom : kWideBottom) / 1000,
          size.height * kTop / 1000, size.width * kSide / 1000};
}

struct Free {
  void operator()(ASS_Library* it) const { ass_library_done(it); }
  void operator()(ASS_Renderer* it) const { ass_renderer_done(it); }
  void operator()(ASS_Track* it) const { ass_free_track(it); }
};

char* copied(const std::string& text) {
  char* out = ::strdup(text.c_str());
  if (out == nullptr) throw std::bad_alloc();
  return out;
}

// Gives its number.
int add_style(ASS_Track& track, const Fonts& fonts, const Style& how) {
  const int index = ass_alloc_style(&track);
  ASS_Style& style = track.styles[index];
  style.Name = copied("Captions");
  style.FontName = copied(fonts.all().front().family);
  style.FontSize = std::stod(libass_size(fonts, 0, how.size));
  style.PrimaryColour = 0xffffff00;  // RGB and transparency
  style.SecondaryColour = 0xffffff00;
  style.OutlineColour = 0x00000000;
  style.BackColour = 0x00000060;
  style.Bold = 1;
  style.ScaleX = style.ScaleY = 1;
  style.BorderStyle = 1;
  style.Outline = how.size / 12.0;
  style.Shadow = how.size / 24.0;
  style.Alignment = 2;  // at the bottom, in the middle
  style.MarginL = style.MarginR = how.side;
  style.MarginV = how.bottom;
  style.Encoding = -1;  // a line goes the way its first letter goes
  return index;
}

void add_event(ASS_Track& track, const Fonts& fonts, const BurnCue& cue, const Style& how, int style) {
  const int index = ass_alloc_event(&track);
  ASS_Event& event = track.events[index];
  std::string text = lay_out(fonts, cue.text, how.size, track.PlayResX - 2 * how.side);
  if (cue.top_percent && *cue.top_percent < kLowest) {
    text.insert(0, "{\\an8}");
    event.MarginV = std::max(how.top, track.PlayResY * *cue.top_percent / 100);
  }
  event.Style = style;
  event.Start = cue.start_ms;
  event.Duration = cue.end_ms - cue.start_ms;
  event.ReadOrder = index;
  event.Text = copied(text);
}

// libass leaves an event where it was when others gave way to it. Here each picture is laid out as if it were
// the first one, since that is what it is when a segment is encoded alone.
void forget_places(ASS_Track& track) {
  for (int i = 0; i < track.n_events; ++i) std::free(std::exchange(track.events[i].render_priv, nullptr));
}

}  // namespace

struct Painter::State {
  std::unique_ptr<ASS_Library, Free> library;
  std::unique_ptr<ASS_Renderer, Free> renderer;
  std::unique_ptr<ASS_Track, Free> track;
  Size size;
  FrameRate rate;
  PicturePool pool;
};

Painter::Painter(std::unique_ptr<State> state) : state_(std::move(state)) {}
Painter::Painter(Painter&&) noexcept = default;
Painter::~Painter() = default;

Result<Painter> Painter::make(const Fonts& fonts, const Burn& burn, Size size, FrameRate rate) {
  auto state = std::make_unique<State>();
  state->size = size;
  state->rate = rate;
  state->library.reset(ass_library_init());
  if (!state->library) return fail(internal("MEDIA_INTERNAL", "libass does not start."));
  ASS_Library* library = state->library.get();
  ass_set_message_cb(library, [](int, const char*, va_list, void*) {}, nullptr);
  for (const Fonts::Font& font : fonts.all())
    ass_add_font(library, font.family.c_str(), font.bytes.data(), static_cast<int>(font.bytes.size()));
  state->renderer.reset(ass_renderer_init(library));
  state->track.reset(ass_new_track(library));
  if (!state->renderer || !state->track) return fail(internal("MEDIA_INTERNAL", "libass does not start."));
  ASS_Renderer* renderer = state->renderer.get();
  ass_set_frame_size(renderer, size.width, size.height);
  ass_set_storage_size(renderer, size.width, size.height);
  ass_set_hinting(renderer, ASS_HINTING_NONE);
  ass_set_shaper(renderer, ASS_SHAPING_COMPLEX);
  ass_set_cache_limits(renderer, kMostGlyphs, kMostBitmapMib);
  // No fontconfig, which would look for files.
  ass_set_fonts(renderer, nullptr, fonts.all().front().family.c_str(), ASS_FONTPROVIDER_NONE, nullptr, 0);

  ASS_Track& track = *state->track;
  track.track_type = ASS_Track::TRACK_TYPE_ASS;
  track.PlayResX = size.width;
  track.PlayResY = size.height;
  track.WrapStyle = 2;  // lines are broken already
  track.ScaledBorderAndShadow = 1;
  track.Language = copied(burn.language);
  const Style how = style_for(size);
  const int style = add_style(track, fonts, how);
  for (const BurnCue& cue : burn.cues) add_event(track, fonts, cue, how, style);
  return Painter(std::move(state));
}

Result<Frame> Painter::paint(const Frame& picture, std::int64_t frame) {
  State& it = *state_;
  forget_places(*it.track);
  const ASS_Image* shapes =
      ass_render_frame(it.renderer.get(), it.track.get(), ms_of_frame(it.rate, frame), nullptr);
  if (shapes == nullptr) return picture;
  CH_ASSIGN(Frame out, it.pool.get(it.size, AV_PIX_FMT_YUV420P));
  if (av_frame_copy(out.get(), picture.get()) < 0 || av_frame_copy_props(out.get(), picture.get()) < 0)
    return fail(internal("MEDIA_INTERNAL", "A picture has not the size of its rung."));
  for (; shapes != nullptr; shapes = shapes->next) {
    const std::uint32_t color = shapes->color;
    blend({shapes->dst_x, shapes->dst_y, shapes->w, shapes->h, shapes->stride, shapes->bitmap,
           static_cast<std::uint8_t>(color >> 24), static_cast<std::uint8_t>(255 - (color & 0xff))},
          *out);
  }
  return out;
}

Result<Painters> make_painters(const EncodeJob& job) {
  Painters out;
  if (job.burn.cues.empty()) return out;
  std::string text;
  for (const BurnCue& cue : job.burn.cues) text += cue.text;
  CH_ASSIGN(const Fonts fonts, Fonts::open(kFontFolder, text, job.burn.language));
  for (const Rung& rung : job.rungs) {
    CH_ASSIGN(Painter painter, Painter::make(fonts, job.burn, {rung.width, rung.height}, job.rate));
    out.emplace(rung.name, std::move(painter));
  }
  return out;
}

}  // namespace cliffhanger::media
