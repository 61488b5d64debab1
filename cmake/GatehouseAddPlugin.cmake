# gatehouse_add_plugin(ID SOURCES file... [LIBRARIES target...] [SCHEMES word...] [SHARED_NAMES] [NO_INSTALL])
#
# Builds the backend plugin ID.so and its manifest ID.plugin, side by side. SCHEMES are the URI schemes that lead to it
# (default: ID). SHARED_NAMES says that its user names are people's account names, the same as in a password file or a
# directory: a chain of URIs may then mix it with others that say so. Needs gatehouse::plugin.
function(gatehouse_add_plugin id)
  cmake_parse_arguments(PARSE_ARGV 1 arg "SHARED_NAMES;NO_INSTALL" "" "SOURCES;LIBRARIES;SCHEMES")
  if(NOT id MATCHES "^[a-z][a-z0-9-]*$" OR NOT arg_SOURCES)
    message(FATAL_ERROR "gatehouse_add_plugin(ID SOURCES file...): ID is lower-case letters, digits and '-'")
  endif()
  if(NOT arg_SCHEMES)
    set(arg_SCHEMES "${id}")
  endif()
  set(out "${GATEHOUSE_PLUGIN_BUILD_DIR}")
  if(NOT out)
    set(out "${CMAKE_CURRENT_BINARY_DIR}")
  endif()

  add_library(${id}-plugin MODULE ${arg_SOURCES})
  target_link_libraries(${id}-plugin PRIVATE gatehouse::plugin ${arg_LIBRARIES})
  set(map "${CMAKE_CURRENT_BINARY_DIR}/${id}.map")
  file(CONFIGURE OUTPUT "${map}" CONTENT "{ global: gatehouse_plugin_v1; local: *; };\n")
  set_target_properties(${id}-plugin PROPERTIES
    PREFIX "" OUTPUT_NAME "${id}" LIBRARY_OUTPUT_DIRECTORY "${out}"
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS "${map}")
  target_link_options(${id}-plugin PRIVATE "-Wl,--version-script=${map}")
  if(NOT GATEHOUSE_SANITIZE)
    target_link_options(${id}-plugin PRIVATE -Wl,-z,defs)
  endif()

  set(schemes "")
  foreach(scheme IN LISTS arg_SCHEMES)
    list(APPEND schemes "\"${scheme}\"")
  endforeach()
  list(JOIN schemes ", " schemes)
  set(shared_names false)
  if(arg_SHARED_NAMES)
    set(shared_names true)
  endif()
  file(MAKE_DIRECTORY "${out}")
  file(CONFIGURE OUTPUT "${out}/${id}.plugin" CONTENT
    "id = \"${id}\"\nlibrary = \"${id}.so\"\nschemes = [${schemes}]\nshared_names = ${shared_names}\n")

  if(NOT arg_NO_INSTALL)
    if(NOT GATEHOUSE_PLUGIN_SUBDIR)
      include(GNUInstallDirs)
      set(GATEHOUSE_PLUGIN_SUBDIR "${CMAKE_INSTALL_LIBDIR}/gatehouse/plugins")
    endif()
    install(TARGETS ${id}-plugin LIBRARY DESTINATION "${GATEHOUSE_PLUGIN_SUBDIR}")
    install(FILES "${out}/${id}.plugin" DESTINATION "${GATEHOUSE_PLUGIN_SUBDIR}")
  endif()
endfunction()
