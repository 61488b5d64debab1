gatehouse_fuzz_target(authorization_header
  SOURCES "${CMAKE_CURRENT_LIST_DIR}/authorization_header.cpp" LIBRARIES gatehouse_http)
