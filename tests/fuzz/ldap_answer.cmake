if(TARGET gatehouse_ldap)
  gatehouse_fuzz_target(ldap_answer SOURCES "${CMAKE_CURRENT_LIST_DIR}/ldap_answer.cpp" LIBRARIES gatehouse_ldap)
endif()
