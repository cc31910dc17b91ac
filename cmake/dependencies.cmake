# Every package that the product uses, found once. Debian 12 names; see the comments for what is odd about it.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)       # module mode: CONFIG fails in Debian 12
find_package(gRPC CONFIG REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS headers json)
find_package(spdlog CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(tl-expected CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(CURL 7.85 REQUIRED)       # 7.85: the protocols it may speak are named by text
find_package(EXPAT REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
pkg_check_modules(BROTLI REQUIRED IMPORTED_TARGET libbrotlienc)
pkg_check_modules(BROTLIDEC REQUIRED IMPORTED_TARGET libbrotlidec)   # tests
find_package(Eigen3 3.4 CONFIG REQUIRED)
find_library(OPENBLAS_LIBRARY openblas REQUIRED)   # BLAS and LAPACK, chosen for the processor as it starts
find_path(HNSWLIB_DIR hnswlib/hnswlib.h REQUIRED)   # headers alone
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)   # its CONFIG file is broken in Debian 12
pkg_check_modules(ARGON2 REQUIRED IMPORTED_TARGET libargon2)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(LIBAV REQUIRED IMPORTED_TARGET
  libavcodec libavformat libavfilter libavutil libswscale libswresample)
pkg_check_modules(LIBASS REQUIRED IMPORTED_TARGET libass freetype2)

# google/api/annotations.proto and google/rpc/*.proto come with Debian's
# golang-github-grpc-ecosystem-grpc-gateway-dev and are not copied here.
find_path(GOOGLEAPIS_DIR google/api/annotations.proto
  PATHS /usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis
  NO_DEFAULT_PATH REQUIRED)

# pocketsphinx by hand: its .pc file names a folder that Debian does not have, which CMake refuses.
find_path(POCKETSPHINX_DIR pocketsphinx.h PATH_SUFFIXES pocketsphinx REQUIRED)
find_path(SPHINXBASE_DIR sphinxbase/err.h REQUIRED)
find_library(POCKETSPHINX_LIBRARY pocketsphinx REQUIRED)
find_library(SPHINXBASE_LIBRARY sphinxbase REQUIRED)
add_library(pocketsphinx INTERFACE)
target_include_directories(pocketsphinx SYSTEM INTERFACE ${POCKETSPHINX_DIR} ${SPHINXBASE_DIR} ${SPHINXBASE_DIR}/sphinxbase)
target_link_libraries(pocketsphinx INTERFACE ${POCKETSPHINX_LIBRARY} ${SPHINXBASE_LIBRARY})
