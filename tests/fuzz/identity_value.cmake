gatehouse_fuzz_target(identity_value
  SOURCES "${CMAKE_CURRENT_LIST_DIR}/identity_value.cpp" LIBRARIES gatehouse_http)
