gatehouse_fuzz_target(group_file SOURCES "${CMAKE_CURRENT_LIST_DIR}/group_file.cpp" LIBRARIES gatehouse_htpasswd)
