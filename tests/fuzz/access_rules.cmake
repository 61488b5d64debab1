gatehouse_fuzz_target(access_rules
  SOURCES "${CMAKE_CURRENT_LIST_DIR}/access_rules.cpp" LIBRARIES gatehouse_http)
