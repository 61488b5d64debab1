if(TARGET gatehouse_ldap)
  gatehouse_fuzz_target(ldap_filter SOURCES "${CMAKE_CURRENT_LIST_DIR}/ldap_filter.cpp" LIBRARIES gatehouse_ldap)
endif()
