gatehouse_fuzz_target(toml_config SOURCES "${CMAKE_CURRENT_LIST_DIR}/toml_config.cpp" LIBRARIES gatehouse_config)
