#include "libs/rpc/key_scopes.h"

#include <gtest/gtest.h>

#include "libs/rpc/methods.h"

namespace cliffhanger::rpc {
namespace {

constexpr char kId[] = "0193b6c0-0000-7000-8000-000000000001";

TEST(KeyScopes, ASessionNamesItsKey) {
  for (unsigned scopes = 0; scopes <= kAllKeyScopes; ++scopes) {
    const auto back = key_session_of(to_session({kId, scopes}));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->key_id, kId);
    EXPECT_EQ(back->scopes, scopes);
  }
  EXPECT_FALSE(key_session_of(kId)) << "a sign-in";
  EXPECT_FALSE(key_session_of(""));
}

TEST(KeyScopes, WhatIsDamagedMayNothing) {
  for (const std::string& text : {std::string("key:"), std::string("key:x:7"), std::string("key:") + kId,
                                  std::string("key:") + kId + ":8", std::string("key:") + kId + ":77",
                                  std::string("key:") + kId + ":"}) {
    const auto key = key_session_of(text);
    ASSERT_TRUE(key) << text << " must not pass for a sign-in";
    EXPECT_EQ(key->scopes, 0u) << text;
  }
}

TEST(KeyScopes, NothingIsOpenToKeysButWhatCreatorsNeed) {
  int open = 0;
  for (const auto* service : all_services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      const unsigned scopes = key_scopes_for(method);
      if (scopes == 0) continue;
      ++open;
      EXPECT_NE(access_of(method).caller(), api::v1::CALLER_ANYONE) << method->full_name();
      if (!access_of(method).read_only()) {
        EXPECT_EQ(access_of(method).caller(), api::v1::CALLER_CREATOR) << method->full_name();
        EXPECT_EQ(scopes & kKeyReads, 0u) << method->full_name();
      }
    }
  }
  EXPECT_GT(open, 30);
}

TEST(KeyScopes, OneOfTheScopesIsEnough) {
  const auto may = [](const char* method, unsigned scopes) {
    const auto* found = find_method(method);
    EXPECT_NE(found, nullptr) << method;
    const auto checked = check_key(found, to_session({kId, scopes}));
    if (!checked) EXPECT_EQ(checked.error().reason, "API_KEY_SCOPE");
    return checked.has_value();
  };
  constexpr char kBegin[] = "cliffhanger.ingest.v1.IngestService.BeginAppend",
                 kUpload[] = "cliffhanger.ingest.v1.IngestService.GetUpload",
                 kPublish[] = "cliffhanger.catalog.v1.CatalogService.PublishEpisode",
                 kSignIn[] = "cliffhanger.accounts.v1.AccountsService.SignIn",
                 kErase[] = "cliffhanger.accounts.v1.PrivacyService.EraseMe",
                 kSession[] = "cliffhanger.playback.v1.PlaybackService.CreateSession";
  EXPECT_TRUE(may(kBegin, kKeyUploads));
  EXPECT_FALSE(may(kBegin, kKeyReads | kKeyPublishes));
  EXPECT_TRUE(may(kUpload, kKeyReads));
  EXPECT_TRUE(may(kUpload, kKeyUploads));
  EXPECT_FALSE(may(kUpload, kKeyPublishes));
  EXPECT_TRUE(may(kPublish, kKeyPublishes));
  EXPECT_FALSE(may(kPublish, kKeyReads | kKeyUploads));
  for (const char* never : {kSignIn, kErase, kSession}) EXPECT_FALSE(may(never, kAllKeyScopes)) << never;
  EXPECT_FALSE(may(kUpload, 0));
  EXPECT_TRUE(check_key(find_method(kErase), kId)) << "a sign-in is no key";
}

TEST(KeyScopes, EveryRpcThatIsNamedExists) {
  for (const char* name :
       {"CatalogService.CreateSeries", "CatalogService.CreateEpisode", "CatalogService.UpdateSeries",
        "CatalogService.UpdateEpisode", "CatalogService.PublishEpisode", "CatalogService.WithdrawEpisode",
        "CatalogService.WithdrawSeries", "CatalogService.DeleteEpisode"})
    EXPECT_NE(key_scopes_for(find_method(std::string("cliffhanger.catalog.v1.") + name)), 0u) << name;
  for (const char* name :
       {"TranscodeService.CancelRevision", "CaptionsService.PutCaptions", "CaptionsService.DeleteCaptions",
        "CaptionsService.DraftCaptions", "CaptionsService.ApproveCaptions", "CaptionsService.BurnCaptions",
        "CaptionsService.UnburnCaptions", "CutsService.CreateCut", "DubsService.DeleteDub"})
    EXPECT_NE(key_scopes_for(find_method(std::string("cliffhanger.transcode.v1.") + name)), 0u) << name;
}

}  // namespace
}  // namespace cliffhanger::rpc
