gatehouse_fuzz_target(header_folding
  SOURCES "${CMAKE_CURRENT_LIST_DIR}/header_folding.cpp" LIBRARIES gatehouse_http)
