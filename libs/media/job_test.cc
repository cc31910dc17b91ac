#include "libs/media/job.h"

#include <gtest/gtest.h>

#include "libs/media/event.h"

namespace cliffhanger::media {
namespace {

EncodeJob sample() {
  return {{30000, 1001}, 480, {{"v540", 540, 960, 23, 1800, 2700}, {"v360", 360, 640, 24, 800, 1200}}, 1, 2};
}

TEST(Job, EncodeSurvivesTheWire) {
  const EncodeJob back = parse_encode_job(to_json(sample())).value();
  EXPECT_EQ(back.rate, sample().rate);
  EXPECT_EQ(back.frames, 480);
  EXPECT_EQ(back.rungs, sample().rungs);
  EXPECT_EQ(back.first_segment, 1);
  EXPECT_EQ(back.segment_count, 2);
  EXPECT_EQ(back.decode_threads, 1);
  EncodeJob urgent = sample();
  urgent.decode_threads = 2;
  EXPECT_EQ(parse_encode_job(to_json(urgent)).value().decode_threads, 2);
  urgent.decode_threads = limits::kMaxDecodeThreads + 1;
  EXPECT_FALSE(parse_encode_job(to_json(urgent)));
}

TEST(Job, OthersSurviveTheWire) {
  EXPECT_EQ(parse_probe_job(to_json(ProbeJob{1234})).value().max_duration_ms, 1234);
  EXPECT_EQ(parse_probe_job("{}").value().max_duration_ms, limits::kMaxDurationMs);
  EXPECT_EQ(parse_audio_job(to_json(AudioJob{{25, 1}, 99, 64})).value().bitrate_kbps, 64);
  EXPECT_FALSE(parse_audio_job(to_json(AudioJob{{25, 1}, 99, 64})).value().gain_db);
  EXPECT_EQ(parse_audio_job(to_json(AudioJob{{25, 1}, 99, 64, -3.25})).value().gain_db, -3.25);
  EXPECT_FALSE(parse_audio_job(to_json(AudioJob{{25, 1}, 99, 64, 61})));
  EXPECT_EQ(parse_loudness_job(to_json(LoudnessJob{{25, 1}, 99})).value().frames, 99);
  EXPECT_FALSE(parse_audio_job(to_json(AudioJob{{25, 1}, 99, 64})).value().sound_alone);
  EXPECT_TRUE(parse_audio_job(to_json(AudioJob{{25, 1}, 99, 64, {}, true})).value().sound_alone);
  EXPECT_EQ(parse_audio_job(to_json(AudioJob{{25, 1}, 99, 64, {}, false, 1})).value().segment_count, 1);
  EXPECT_EQ(parse_audio_job(to_json(AudioJob{{25, 1}, 99, 64})).value().segment_count, 0);
  EXPECT_FALSE(parse_audio_job(to_json(AudioJob{{25, 1}, 99, 64, {}, false, 3}))) << "there are two";
  EXPECT_TRUE(parse_probe_job(to_json(ProbeJob{1000, true})).value().sound_alone);
  EXPECT_EQ(parse_speech_job(to_json(SpeechJob{{24000, 1001}, 99})).value().frames, 99);
  EXPECT_FALSE(parse_speech_job(to_json(SpeechJob{{1, 1}, 99})));
  EXPECT_EQ(parse_picture_job(to_json(PictureJob{500, 540, 960})).value().height, 960);
  const StoryboardJob storyboard{30, 2000, 160, 284, 10, 3};
  EXPECT_EQ(parse_storyboard_job(to_json(storyboard)).value(), storyboard);
}

TEST(Job, ARungIsOfH264UnlessItSaysOtherwise) {
  EXPECT_EQ(to_json(sample()).find("codec"), std::string::npos);
  EncodeJob job = sample();
  job.rungs[1].codec = VideoCodec::kHevc;
  const std::string text = to_json(job);
  EXPECT_EQ(parse_encode_job(text).value().rungs, job.rungs);
  std::string other = text;
  other.replace(other.find("hevc"), 4, "av01");
  const auto refused = parse_encode_job(other);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("codec"), std::string::npos) << refused.error().message;
  other = text;
  other.replace(other.find("\"hevc\""), 6, "3");
  EXPECT_FALSE(parse_encode_job(other));
  AnalyseJob analyse{{30, 1}, 900, job.rungs, {21, 28}, {0, 450}, 16};
  EXPECT_EQ(parse_analyse_job(to_json(analyse)).error().reason, "MEDIA_JOB_INVALID");
}

TEST(Job, AnalysesAreBounded) {
  const AnalyseJob job{{30, 1}, 900, {{"v360", 360, 640, 23, 900, 900}}, {21, 28}, {0, 450}, 16};
  const auto read = parse_analyse_job(to_json(job));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->rungs, job.rungs);
  EXPECT_EQ(read->crfs, job.crfs);
  EXPECT_EQ(read->at, job.at);
  EXPECT_FALSE(read->scaling);
  AnalyseJob scaling = job;
  scaling.scaling = true;
  EXPECT_TRUE(parse_analyse_job(to_json(scaling)).value().scaling);
  const auto bad = [&](auto edit) {
    AnalyseJob other = job;
    edit(other);
    const auto parsed = parse_analyse_job(to_json(other));
    return !parsed && parsed.error().reason == "MEDIA_JOB_INVALID";
  };
  EXPECT_TRUE(bad([](AnalyseJob& it) { it.crfs = {28, 21}; }));
  EXPECT_TRUE(bad([](AnalyseJob& it) { it.crfs = {}; }));
  EXPECT_TRUE(bad([](AnalyseJob& it) { it.crfs = {20, 52}; }));
  EXPECT_TRUE(bad([](AnalyseJob& it) { it.crfs = {1, 2, 3, 4, 5}; }));
  EXPECT_TRUE(bad([](AnalyseJob& it) { it.at = {0, 900}; }));
  EXPECT_TRUE(bad([](AnalyseJob& it) { it.at = {5, 5}; }));
  EXPECT_TRUE(bad([](AnalyseJob& it) { it.sample_frames = 61; }));
  EXPECT_TRUE(bad([](AnalyseJob& it) { it.rungs.push_back(it.rungs[0]); }));
}

TEST(Job, StoryboardsAreBounded) {
  const auto good = [](const StoryboardJob& job) { return parse_storyboard_job(to_json(job)).has_value(); };
  EXPECT_TRUE(good({1800, 2000, 160, 284, 10, 10}));
  EXPECT_FALSE(good({0, 2000, 160, 284, 10, 10}));
  EXPECT_FALSE(good({1, 2000, 161, 284, 10, 10}));
  EXPECT_FALSE(good({1, 2000, 160, 514, 10, 10}));
  EXPECT_FALSE(good({1, 2000, 160, 284, 11, 10}));
  EXPECT_FALSE(good({1, 100, 160, 284, 1, 1}));
  EXPECT_FALSE(good({5000, 2000, 160, 284, 1, 1}));  // too many files
  EXPECT_EQ(files_of(StoryboardJob{101, 2000, 160, 284, 10, 10}),
            (std::vector<std::string>{"storyboard-0.jpg", "storyboard-1.jpg"}));
}

// Each is one edit away from a good job.
TEST(Job, RefusesEverythingElse) {
  const auto broken = [](auto edit) {
    EncodeJob job = sample();
    edit(job);
    return parse_encode_job(to_json(job)).has_value();
  };
  EXPECT_TRUE(broken([](EncodeJob&) {}));
  EXPECT_FALSE(broken([](EncodeJob& j) { j.rungs.clear(); }));
  EXPECT_FALSE(broken([](EncodeJob& j) { j.rungs[0].name = "../x"; }));
  EXPECT_FALSE(broken([](EncodeJob& j) { j.rungs[0].name = "audio"; }));
  EXPECT_FALSE(broken([](EncodeJob& j) { j.rungs[1].name = "v540"; }));
  EXPECT_FALSE(broken([](EncodeJob& j) { j.rungs[0].width = 541; }));
  EXPECT_FALSE(broken([](EncodeJob& j) { j.rungs[0].crf = 52; }));
  EXPECT_FALSE(broken([](EncodeJob& j) { j.rungs[0].maxrate_kbps = 0; }));
  EXPECT_FALSE(broken([](EncodeJob& j) { j.segment_count = 0; }));
  EXPECT_FALSE(broken([](EncodeJob& j) { j.segment_count = 100; }));
  EXPECT_FALSE(broken([](EncodeJob& j) { j.rate.den = 0; }));
  EXPECT_FALSE(broken([](EncodeJob& j) { j.frames = 0; }));
  for (const char* text :
       {"", "[]", "{", "{\"frames\":1}", "{\"atMs\":0,\"width\":2,\"height\":2,\"x\":1}"}) {
    EXPECT_EQ(parse_encode_job(text).error().reason, "MEDIA_JOB_INVALID") << text;
    EXPECT_EQ(parse_picture_job(text).error().reason, "MEDIA_JOB_INVALID") << text;
  }
  EXPECT_FALSE(parse_probe_job("{\"maxDurationMs\":1.5}").has_value());
}

TEST(Job, NamesEveryFileItMakes) {
  EXPECT_EQ(files_of(sample()), (std::vector<std::string>{"v540-init.mp4", "v540-1.m4s", "v540-2.m4s",
                                                          "v360-init.mp4", "v360-1.m4s", "v360-2.m4s"}));
  EXPECT_EQ(files_of(AudioJob{{30, 1}, 100, 96}),
            (std::vector<std::string>{"audio-init.mp4", "audio-0.m4s", "audio-1.m4s"}));
  EXPECT_EQ(files_of(PictureJob{0, 64, 64}), std::vector<std::string>{"picture.jpg"});
}

TEST(Job, BoundsItsFiles) {
  EncodeJob job = sample();  // two rungs
  job.rate = {5, 1};
  job.frames = 20 * 3000;
  job.first_segment = 0;
  job.segment_count = 2047;
  EXPECT_TRUE(parse_encode_job(to_json(job)));
  job.segment_count = 2048;
  EXPECT_EQ(parse_encode_job(to_json(job)).error().reason, "MEDIA_JOB_INVALID");
  EXPECT_TRUE(parse_audio_job(to_json(AudioJob{{60, 1}, limits::kMaxFrames, 96})));  // an hour
  EXPECT_EQ(parse_audio_job(to_json(AudioJob{{5, 1}, limits::kMaxFrames, 96})).error().reason,
            "MEDIA_JOB_INVALID");
}

TEST(Event, EveryKindSurvivesTheWire) {
  ProbeEvent probe{"mov",
                   16200,
                   {"h264", 576, 1024, 90, {30, 1}, 486, "yuv420p", "bt709"},
                   AudioFacts{"aac", 2, 48000, 16207}};
  SegmentEvent segment{"v540",
                       3,
                       "v540-3.m4s",
                       100,
                       std::string(64, 'a'),
                       180,
                       120,
                       {{0, 50, 60, 180, 60}, {60, 30, 40, 240, 60}}};
  const std::vector<Event> all = {
      probe,
      InitEvent{"v540", "v540-init.mp4", 700, std::string(64, 'b'), "avc1.64001f", 15360, 512},
      segment,
      ProgressEvent{42},
      LoudnessEvent{-23.5, 7.5},
      LoudnessEvent{std::nullopt, 0},
      PictureEvent{"picture.jpg", 10, std::string(64, 'c')},
      WordEvent{"hello", 100, 400},
      WarningEvent{"AUDIO_UNDECODABLE", "The sound can't be read."},
      DoneEvent{1000, 2000},
      ErrorEvent{"MEDIA_EMPTY", "The file is empty."}};
  for (const Event& event : all) {
    const std::string line = to_json(event);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const Event back = parse_event(line).value();
    EXPECT_EQ(back.index(), event.index());
    EXPECT_EQ(to_json(back), line);
  }
  EXPECT_EQ(std::get<SegmentEvent>(parse_event(to_json(segment)).value()).gops, segment.gops);
  probe.audio.reset();
  EXPECT_FALSE(std::get<ProbeEvent>(parse_event(to_json(probe)).value()).audio);
}

TEST(Event, RefusesNonsense) {
  for (const char* line : {"", "x", "{}", "{\"event\":\"what\"}", "{\"event\":\"progress\",\"frames\":-1}",
                           "{\"event\":\"progress\"}", "{\"event\":\"done\",\"cpuMs\":1}{}"})
    EXPECT_EQ(parse_event(line).error().reason, "MEDIA_PROTOCOL") << line;
}

TEST(Event, KnowsWhoIsToBlame) {
  EXPECT_TRUE(is_refusal(to_error({"MEDIA_TRUNCATED", ""})));
  EXPECT_EQ(to_error({"MEDIA_TRUNCATED", ""}).code, Code::kInvalidArgument);
  EXPECT_FALSE(is_refusal(to_error({"MEDIA_CRASHED", ""})));
}

}  // namespace
}  // namespace cliffhanger::media
