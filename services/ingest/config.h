#pragma once
#include "libs/config/settings.h"
#include "libs/media/program.h"
#include "services/ingest/domain/upload.h"
#include "services/ingest/import/fetch.h"

namespace cliffhanger::ingest {

struct Config {
  std::int64_t most_upload_bytes, head_bytes, quota_bytes, tenant_quota_bytes;
  Policy policy() const { return {most_upload_bytes, head_bytes, quota_bytes, tenant_quota_bytes}; }
  std::string media_program;
  std::int64_t probe_memory_mib;
  std::int64_t imports, imports_of_one, import_seconds;
  bool import_https_only;
  std::string import_ports, import_networks, import_ca_file;
  std::chrono::milliseconds import_stall;

  static Config read(config::Settings& settings) {
    return {settings.number("CLIFFHANGER_INGEST_MOST_UPLOAD_BYTES", 20LL << 30, 1, 1LL << 40, "the largest file that may be uploaded"),
            settings.number("CLIFFHANGER_INGEST_HEAD_BYTES", 32LL << 20, 0, 1LL << 30,
                            "work starts once so much of a file has arrived that is twice as large or more, or half of it of one at least as large; 0: never"),
            settings.number("CLIFFHANGER_INGEST_QUOTA_BYTES", 1LL << 40, 0, 1LL << 60,
                            "bytes of uploads that a creator may store who was given no other limit; 0: any number"),
            settings.number("CLIFFHANGER_INGEST_TENANT_QUOTA_BYTES", 0, 0, 1LL << 60,
                            "bytes of uploads that all creators of a tenant may store together that was given no other limit; 0: any number"),
            settings.text("CLIFFHANGER_MEDIA_PROGRAM", media::program_beside_this(), "the program cliffhanger-media"),
            settings.number("CLIFFHANGER_INGEST_PROBE_MEMORY_MIB", 512, 64, 65'536, "memory that checking one file may take"),
            settings.number("CLIFFHANGER_INGEST_IMPORTS", 4, 0, 64, "files that a process fetches from URLs at once; 0: nobody may import"),
            settings.number("CLIFFHANGER_INGEST_IMPORTS_OF_ONE", 10, 1, 500, "imports of one creator that may be under way"),
            settings.number("CLIFFHANGER_INGEST_IMPORT_SECONDS", 43'200, 1, 86'400, "time for one import with all its attempts"),
            settings.flag("CLIFFHANGER_INGEST_IMPORT_HTTPS_ONLY", false, "whether imports need https"),
            settings.text("CLIFFHANGER_INGEST_IMPORT_PORTS", "80,443", "ports that imports may reach, separated by commas"),
            settings.text("CLIFFHANGER_INGEST_IMPORT_NETWORKS", "",
                          "networks such as 10.1.0.0/16, separated by commas, that imports may reach although they are not public"),
            settings.text("CLIFFHANGER_INGEST_IMPORT_CA_FILE", "",
                          "certificates (PEM) of the authorities that imports by https trust, instead of the machine's"),
            settings.millis("CLIFFHANGER_INGEST_IMPORT_STALL_MS", 30'000, "an import whose server sends nothing for so long is tried again")};
  }

  // How files are fetched. Fails with BAD_NETWORK and BAD_PORT.
  Result<FetchRules> fetching() const;
};

}  // namespace cliffhanger::ingest
