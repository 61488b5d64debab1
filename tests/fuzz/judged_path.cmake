gatehouse_fuzz_target(judged_path
  SOURCES "${CMAKE_CURRENT_LIST_DIR}/judged_path.cpp" LIBRARIES gatehouse_http)
