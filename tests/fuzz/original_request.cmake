# What another proxy tells of the request that it asks about.
gatehouse_fuzz_target(original_request SOURCES original_request.cpp LIBRARIES gatehouse_proxy)
target_include_directories(fuzz_original_request PRIVATE "${PROJECT_SOURCE_DIR}/adapters/proxy/src")
