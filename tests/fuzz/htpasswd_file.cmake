gatehouse_fuzz_target(htpasswd_file SOURCES "${CMAKE_CURRENT_LIST_DIR}/htpasswd_file.cpp" LIBRARIES gatehouse_htpasswd)
