# The few ways in which this project makes a target. All include paths start at the top of the tree.
#
#   ch_library(NAME SOURCES… DEPS…)   a static library
#   ch_program(NAME SOURCES… DEPS…)   a program
#   ch_test(NAME SOURCES… DEPS… [LABELS …] [TIMEOUT seconds] [COMPUTES])   a GoogleTest program, one ctest test; not optimised unless it COMPUTES: much itself, or
#                                     with templates that its libraries have too, of which the linker takes the test's
#   ch_embed(TARGET SYMBOL FILES…)    the files' bytes as a table {name, contents} in namespace cliffhanger::embedded
#
# All are position-independent, warn about everything and share one set of flags.

add_library(ch_flags INTERFACE)
target_include_directories(ch_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/gen)
target_compile_options(ch_flags INTERFACE -Wall -Wextra -Wno-unused-parameter -fno-omit-frame-pointer -pthread)
target_compile_definitions(ch_flags INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(ch_flags INTERFACE -fuse-ld=mold)
endif()
# A test's own code runs a moment and is compiled for every change of what it tests.
if(CMAKE_BUILD_TYPE STREQUAL "Dev")
  set(ch_test_options -O0)
endif()
if(CLIFFHANGER_SANITIZE)
  target_compile_options(ch_flags INTERFACE -fsanitize=${CLIFFHANGER_SANITIZE} -g -O1)
  target_link_options(ch_flags INTERFACE -fsanitize=${CLIFFHANGER_SANITIZE})
endif()
# Paths relative to the tree, so that every clone is served; what a precompiled header wants; and no run of the preprocessor before each compilation that
# is not in the cache yet, since the compiler itself says what it has read.
if(CMAKE_CXX_COMPILER_LAUNCHER MATCHES "ccache$")
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_DEPEND=1 CCACHE_SLOPPINESS=pch_defines,time_macros
      ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
include(headers)

function(ch_library name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_link_libraries(${name} PUBLIC ch_flags ${A_DEPS})
  if(ch_proto IN_LIST A_DEPS)
    ch_use_headers(${name} proto ${A_SOURCES})
  else()
    ch_use_headers(${name} core ${A_SOURCES})
  endif()
endfunction()

function(ch_program name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ch_flags ${A_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

function(ch_test name)
  cmake_parse_arguments(A "COMPUTES" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 300)  # of a hang; the slowest of them takes 40 s
  endif()
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ch_flags ${A_DEPS} GTest::gmock GTest::gtest_main)
  if(A_COMPUTES)
    ch_use_headers(${name} computing_test ${A_SOURCES})
  else()
    target_compile_options(${name} PRIVATE ${ch_test_options})
    ch_use_headers(${name} test ${A_SOURCES})
  endif()
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${A_TIMEOUT} LABELS "${A_LABELS}"
    ENVIRONMENT "CLIFFHANGER_BUILD_DIR=${CMAKE_BINARY_DIR};CLIFFHANGER_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
endfunction()

function(ch_embed target symbol)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.embed.cc)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSYMBOL=${symbol} "-DFILES=${ARGN}"
            -DDIR=${CMAKE_CURRENT_SOURCE_DIR} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${ARGN} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
    WORKING_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
