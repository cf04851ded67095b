# One library and one test program per room, so that the linker enforces who may use whom.
#
#   otafleet_room(uptane SOURCES a.cpp b.cpp TESTS a.test.cpp USES otafleet_pki PRIVATE PkgConfig::SIMDJSON)
#
# USES are linked publicly (their headers may appear in this room's headers), PRIVATE ones are not.
include(GoogleTest)

function(otafleet_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;TESTS;USES;PRIVATE;TEST_USES" ${ARGN})
  string(REPLACE "-" "_" target "otafleet_${name}")
  add_library(${target} STATIC ${ROOM_SOURCES})
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${target} PUBLIC tl::expected ${ROOM_USES} PRIVATE ${ROOM_PRIVATE})
  if(ROOM_TESTS)
    add_executable(${target}_test ${ROOM_TESTS})
    target_link_libraries(${target}_test PRIVATE ${target} ${ROOM_TEST_USES} ${ROOM_PRIVATE} GTest::gtest_main)
    gtest_discover_tests(${target}_test TEST_PREFIX "${name}: " DISCOVERY_MODE PRE_TEST
                         PROPERTIES TIMEOUT 120)
  endif()
endfunction()
