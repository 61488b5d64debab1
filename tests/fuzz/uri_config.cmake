gatehouse_fuzz_target(uri_config SOURCES "${CMAKE_CURRENT_LIST_DIR}/uri_config.cpp" LIBRARIES gatehouse_config)
