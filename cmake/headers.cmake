# Precompiled headers: what nearly every source includes, takes long to read and never changes here, so headers of the system alone. Reading them was half of
# a quick build. There is one for libraries, one for those that name ch_proto, and two for tests.
#
# CMake's own (target_precompile_headers) have the path of the tree in them, so that no compilation of one clone would serve another through ccache. These are
# the same bytes in every tree: without the time of their making, and the source that includes the others is itself a header of the system. Who uses one has
# the flags it was made with; macros beside those do no harm. A source with flags of its own for the processor would have to go without.
#
# Only development builds have them, so that release builds still show whether each source includes what it needs.
option(CLIFFHANGER_PCH "precompiled headers in development builds with clang" ON)
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR NOT CMAKE_BUILD_TYPE STREQUAL "Dev" OR CLIFFHANGER_SANITIZE)
  set(CLIFFHANGER_PCH OFF)
endif()

find_path(EXPECTED_DIR tl/expected.hpp REQUIRED)
set(ch_core_headers algorithm array atomic charconv chrono condition_variable cstdint deque functional map memory mutex optional set span string string_view thread
  unordered_map unordered_set utility variant vector)
set(ch_proto_headers google/protobuf/descriptor.pb.h google/protobuf/duration.pb.h google/protobuf/extension_set.h google/protobuf/generated_message_reflection.h
  google/protobuf/map_field.h google/protobuf/message.h google/protobuf/repeated_field.h google/protobuf/timestamp.pb.h google/protobuf/unknown_field_set.h)
set(ch_test_headers gtest/gtest.h filesystem fstream future random)

# ch_make_headers(NAME FLAGS… HEADERS…): build/*/headers/NAME.pch.
function(ch_make_headers name)
  cmake_parse_arguments(A "" "" "FLAGS;HEADERS" ${ARGN})
  separate_arguments(flags UNIX_COMMAND "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_DEV}")
  set(file ${CMAKE_BINARY_DIR}/headers/${name}.pch)
  list(TRANSFORM A_HEADERS PREPEND "-include;")
  add_custom_command(OUTPUT ${file}
    COMMAND ${CMAKE_CXX_COMPILER} ${CMAKE_CXX20_STANDARD_COMPILE_OPTION} ${flags} "$<TARGET_PROPERTY:ch_flags,INTERFACE_COMPILE_OPTIONS>" ${A_FLAGS} -D_FILE_OFFSET_BITS=64
            -Xclang -fno-pch-timestamp -x c++-header ${A_HEADERS} ${EXPECTED_DIR}/tl/expected.hpp -o ${file} -MD -MF ${file}.d
    DEPFILE ${file}.d COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(ch_headers_${name} DEPENDS ${file})
endfunction()

if(CLIFFHANGER_PCH)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/headers)
  # A test is a program, whose code is made for another place in memory than a library's.
  ch_make_headers(core FLAGS -fPIC HEADERS ${ch_core_headers})
  ch_make_headers(proto FLAGS -fPIC HEADERS ${ch_core_headers} ${ch_proto_headers})
  set(headers ${ch_core_headers} ${ch_proto_headers} ${ch_test_headers})
  ch_make_headers(test FLAGS -fPIE ${ch_test_options} -DGTEST_HAS_PTHREAD=1 HEADERS ${headers})
  ch_make_headers(computing_test FLAGS -fPIE -DGTEST_HAS_PTHREAD=1 HEADERS ${headers})
endif()

# ch_use_headers(TARGET NAME SOURCES…): TARGET's sources begin with what NAME.pch has. It lacks the pragmas by which the standard library silences warnings of
# what it deprecates and uses itself.
function(ch_use_headers target name)
  if(CLIFFHANGER_PCH)
    set(file ${CMAKE_BINARY_DIR}/headers/${name}.pch)
    target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp -include-pch \"${file}\"" -Wno-deprecated-declarations)
    add_dependencies(${target} ch_headers_${name})
    set_property(SOURCE ${ARGN} APPEND PROPERTY OBJECT_DEPENDS ${file})
  endif()
endfunction()
