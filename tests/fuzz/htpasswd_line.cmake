gatehouse_fuzz_target(htpasswd_line SOURCES "${CMAKE_CURRENT_LIST_DIR}/htpasswd_line.cpp" LIBRARIES gatehouse_htpasswd)
