// That the rules catch what they should and nothing else.
#include "tests/tidy/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tidy/source.h"

namespace cliffhanger::tidy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string including(const std::string& header) {
  return "#include " + header + "\n";
}

struct Case {
  const char* path;
  const char* header;
  const char* fault;  // part of it; "" for none
};

TEST(Includes, DependencyRule) {
  const Case cases[] = {
      {"services/catalog/domain/series.cc", "\"libs/core/id.h\"", ""},
      {"services/catalog/domain/series.cc", "\"services/catalog/domain/series.h\"", ""},
      {"services/catalog/domain/series.cc", "\"services/catalog/limits.h\"", ""},
      {"services/catalog/domain/series.cc", "\"services/catalog/store/pg.h\"", "beside libs/core"},
      {"services/catalog/domain/series.cc", "\"libs/sql/pool.h\"", "beside libs/core"},
      {"services/catalog/domain/series.cc", "<pqxx/pqxx>", "I/O"},
      {"services/catalog/domain/series.cc", "<grpcpp/grpcpp.h>", "I/O"},
      {"services/catalog/domain/series.cc", "<boost/asio.hpp>", "I/O"},
      {"services/catalog/domain/series.cc", "\"cliffhanger/catalog/v1/catalog.pb.h\"", "I/O"},
      {"services/transcode/domain/plan.cc", "\"libs/media/grid.h\"", ""},
      {"services/transcode/domain/plan.cc", "\"libs/media/runner.h\"", "beside libs/core"},
      {"services/catalog/domain/series_test.cc", "\"libs/testing/clock.h\"", ""},
      {"services/catalog/store/pg.cc", "\"services/catalog/domain/series.h\"", ""},
      {"services/catalog/store/pg.cc", "\"services/catalog/rpc/convert.h\"", "meet in module.cc"},
      {"services/catalog/store/pg.cc", "\"services/accounts/domain/user.h\"", "another service"},
      {"services/catalog/store/pg.cc", "\"libs/config/settings.h\"", "configuration"},
      {"services/catalog/store/pg.cc", "\"services/catalog/config.h\"", "wiring"},
      {"services/catalog/rpc/rpc.cc", "\"services/catalog/store/pg.h\"", "meet in module.cc"},
      {"services/catalog/module.cc", "\"libs/config/settings.h\"", ""},
      {"services/catalog/config.h", "\"libs/config/settings.h\"", ""},
      {"services/catalog/module.cc", "\"services/catalog/store/pg.h\"", ""},
      {"services/transcode/store/pg.cc", "<libavutil/frame.h>", "libav"},
      {"services/transcode/work/run.cc", "\"media/encode/x264.h\"", "licence"},
      {"media/encode/x264.cc", "<libavcodec/avcodec.h>", ""},
      {"media/encode/x264.cc", "\"services/edge/module.h\"", "on its own"},
      {"libs/rpc/server.cc", "\"services/edge/module.h\"", "above the libraries"},
      {"libs/rpc/server.cc", "\"libs/config/settings.h\"", "configuration"},
      {"libs/core/id.cc", "\"libs/http/task.h\"", "standard library"},
      {"libs/http/task.cc", "\"task.h\"", "top of the tree"},
      {"app/main.cc", "\"services/edge/module.h\"", ""},
      {"app/main.cc", "\"libs/config/settings.h\"", ""},
  };
  for (const Case& c : cases) {
    const Faults faults = includes(c.path, including(c.header));
    if (*c.fault) {
      EXPECT_THAT(faults, ElementsAre(HasSubstr(c.fault))) << c.path << " " << c.header;
    } else {
      EXPECT_THAT(faults, IsEmpty()) << c.path << " " << c.header;
    }
  }
}

TEST(Guard, IsNeeded) {
  EXPECT_THAT(header_guard("libs/a.h", "// Says why.\n#pragma once\n"), IsEmpty());
  EXPECT_THAT(header_guard("libs/a.h", "int a;\n"), ElementsAre("libs/a.h:1: a header without #pragma once"));
  EXPECT_THAT(header_guard("libs/a.cc", "int a;\n"), IsEmpty());
}

std::string lines(int n) {
  std::string text;
  for (int i = 0; i < n; ++i) text += "  x();\n";
  return text;
}

TEST(Lengths, File) {
  EXPECT_THAT(lengths("web/src/a.ts", lines(500)), IsEmpty());
  EXPECT_THAT(lengths("web/src/a.ts", lines(501)), ElementsAre(HasSubstr("501 lines")));
  EXPECT_THAT(lengths("docs/a.md", lines(501)), IsEmpty());
}

TEST(Lengths, Function) {
  EXPECT_THAT(lengths("libs/a.cc", "void f() {\n" + lines(58) + "}\n"), IsEmpty());
  EXPECT_THAT(lengths("libs/a.cc", "\nvoid f(int a,\n       int b) {\n" + lines(58) + "}\n"),
              ElementsAre("libs/a.cc:2: 61 lines, 60 at most: void f(int a, int b)"));
  EXPECT_THAT(lengths("libs/a_test.cc", "TEST(A, B) {\n" + lines(118) + "}\n"), IsEmpty());
  EXPECT_THAT(lengths("libs/a_test.cc", "TEST(A, B) {\n" + lines(119) + "}\n"),
              ElementsAre(HasSubstr("121 lines")));
  EXPECT_THAT(lengths("libs/a.cc", "const Row kTable[] = {\n" + lines(100) + "};\n"), IsEmpty());
}

TEST(Functions, AreFoundWhereTheyAre) {
  const char* source = R"source(
namespace a {
struct S : Base<int> {
  S() : x(1) {}
 public:
  int get() const {
    return x;  // }}}
  }
  int x = 0;
};
template <class T>
auto f(T t) -> int {
  auto g = [](int i) { return i; };
  const char* s = "{" R"({{)";
  if (t) { return '{'; }
  return 1'000;
}
}  // namespace a
)source";
  std::vector<std::string> found;
  for (const Function& f : functions_of(source)) {
    found.push_back(std::to_string(f.first_line) + "-" + std::to_string(f.last_line) + " " + f.signature);
  }
  EXPECT_THAT(found, ElementsAre("4-4 S() : x(1)", "6-8 int get() const",
                                 "11-17 template <class T> auto f(T t) -> int"));
}

TEST(Leftovers, AreFound) {
  EXPECT_THAT(leftovers("libs/a.cc",
                        "// TO"
                        "DO: later\n"),
              ElementsAre(HasSubstr("left over")));
  EXPECT_THAT(leftovers("deploy/a.sh",
                        "mktemp -d /tmp/aX"
                        "XXXXX\n"),
              IsEmpty());
  EXPECT_THAT(leftovers("deploy/a.sh",
                        "cd /wo"
                        "rk/main\n"),
              ElementsAre("deploy/a.sh:1: a path of one machine"));
  EXPECT_THAT(leftovers("deploy/a.sh",
                        "cd \"$top\"/wo"
                        "rk/main; curl x.example/ro"
                        "ot/a\n"),
              testing::SizeIs(1));
  EXPECT_THAT(leftovers("web/package-lock.json", "\"resolved\": \"https://registry.npmjs.org/a\"\n"),
              IsEmpty());
  EXPECT_THAT(leftovers("web/package-lock.json", "\"resolved\": \"http://mirror.example/a\"\n"),
              ElementsAre(HasSubstr("a registry other than npm's")));
}

}  // namespace
}  // namespace cliffhanger::tidy
