// SPDX-License-Identifier: Apache-2.0
#include "config/manifest.hpp"

#include <doctest/doctest.h>

#include "config_support.hpp"

using namespace config_test;

TEST_CASE("manifests are found in the folders") {
  const Folder first;
  const Folder second;
  first.write("htpasswd.plugin",
              "id = \"htpasswd\"\nlibrary = \"htpasswd.so\"\nschemes = [\"htpasswd\"]\nshared_names = true\n");
  first.write("notes.txt", "not a manifest");
  second.write("htpasswd.plugin", "id = \"htpasswd\"\nlibrary = \"other.so\"\n");
  second.write("x-y2.plugin", "id = \"x-y2\"\nlibrary = \"x.so\"\nschemes = [\"x\", \"x+tls\"]\n");
  const Catalogue catalogue({first.path(), second / "missing", second.path()});
  CHECK(catalogue.broken().empty());
  CHECK(catalogue.manifests().size() == 2);
  const auto htpasswd = catalogue.find("htpasswd");
  REQUIRE_MESSAGE(htpasswd.ok(), refusal(htpasswd));
  CHECK(htpasswd->library == first / "htpasswd.so");
  CHECK(htpasswd->path == first / "htpasswd.plugin");
  CHECK(htpasswd->shared_names);
  const auto other = catalogue.find_scheme("x+tls");
  REQUIRE_MESSAGE(other.ok(), refusal(other));
  CHECK(other->id == "x-y2");
  CHECK_FALSE(other->shared_names);
}

TEST_CASE("what is not there is said with what is") {
  const Folder folder;
  folder.write("htpasswd.plugin", "id = \"htpasswd\"\nlibrary = \"htpasswd.so\"\nschemes = [\"htpasswd\"]\n");
  const Catalogue catalogue({folder.path()});
  CHECK(refusal(catalogue.find("htpaswd")) ==
        "there is no plugin \"htpaswd\" in " + folder.path() + "; did you mean \"htpasswd\"?");
  CHECK(refusal(catalogue.find("ldap")) == "there is no plugin \"ldap\" in " + folder.path() + "; there is: htpasswd");
  CHECK(contains(refusal(catalogue.find("")), "there is no plugin \"\""));
  CHECK(contains(refusal(catalogue.find("../htpasswd")), "there is no plugin"));
  CHECK(contains(refusal(catalogue.find_scheme("htpassw")), "did you mean \"htpasswd\"?"));
  CHECK(contains(refusal(Catalogue({folder / "none"}).find("x")), "; there are none"));
  CHECK(contains(refusal(Catalogue(std::vector<std::string>{}).find("x")), "there is no plugin \"x\"; there are none"));
}

TEST_CASE("manifests that are refused, one defect each") {
  struct Case {
    const char* content;
    const char* part;
  };
  for (const Case& c : {
           Case{"", "id: is missing"},
           Case{"# nothing\n", "library: is missing"},
           Case{"id = \"p\"\n", "library: is missing"},
           Case{"id = \"q\"\nlibrary = \"p.so\"\n", "must be the file's name, \"p\""},
           Case{"id = 1\nlibrary = \"p.so\"\n", "id: must be a text"},
           Case{"id = \"p\"\nlibrary = \"../p.so\"\n", "library: must be the name of a file in the same folder"},
           Case{"id = \"p\"\nlibrary = \"/usr/lib/p.so\"\n", "library: must be the name of a file"},
           Case{"id = \"p\"\nlibrary = \"..\"\n", "library: must be the name of a file"},
           Case{"id = \"p\"\nlibrary = \"\"\n", "library: holds an empty text"},
           Case{"id = \"p\"\nlibrary = \"p\\u0000.so\"\n", "library: holds a control character"},
           Case{"id = \"p\"\nlibrary = \"p.so\"\nschemes = [\"P\"]\n", "\"P\" is not the scheme of a URI"},
           Case{"id = \"p\"\nlibrary = \"p.so\"\nschemes = [\"p:\"]\n", "is not the scheme of a URI"},
           Case{"id = \"p\"\nlibrary = \"p.so\"\nschemes = [\"p\", \"p\"]\n", "stands twice"},
           Case{"id = \"p\"\nlibrary = \"p.so\"\nschemes = [1]\n", "schemes: must be a list of texts"},
           Case{"id = \"p\"\nlibrary = \"p.so\"\nshared_names = \"yes\"\n", "shared_names: must be true or false"},
           Case{"id = \"p\"\nlibrary = \"p.so\"\nlibary = \"p.so\"\n",
                "libary: is not known here; did you mean \"library\"?"},
           Case{"id = \"p\"\nid = \"p\"\nlibrary = \"p.so\"\n", "stands once"},
           Case{"id = \"p\nlibrary = \"p.so\"\n", ":1: "},
       }) {
    CAPTURE(c.content);
    const Folder folder;
    folder.write("p.plugin", c.content);
    folder.write("good.plugin", "id = \"good\"\nlibrary = \"good.so\"\nschemes = [\"good\"]\n");
    const Catalogue catalogue({folder.path()});
    REQUIRE(catalogue.broken().size() == 1);
    CHECK(catalogue.broken()[0].starts_with(folder / "p.plugin"));
    CHECK_MESSAGE(contains(catalogue.broken()[0], c.part), catalogue.broken()[0]);
    CHECK_FALSE(contains(catalogue.broken()[0], "\n"));
    CHECK(contains(refusal(catalogue.find("p")), "the plugin \"p\" cannot be used: " + folder.path()));
    CHECK(contains(refusal(catalogue.find_scheme("p")), "; not readable: " + folder.path()));
    CHECK(catalogue.find("good").ok());
    CHECK(catalogue.find_scheme("good").ok());
  }
}

TEST_CASE("a broken manifest is not passed over for the same id in a later folder") {
  const Folder first;
  const Folder second;
  first.write("p.plugin", "id = \n");
  second.write("p.plugin", "id = \"p\"\nlibrary = \"p.so\"\nschemes = [\"p\"]\n");
  const Catalogue catalogue({first.path(), second.path()});
  CHECK_FALSE(catalogue.find("p").ok());
  CHECK_FALSE(catalogue.find_scheme("p").ok());
}

TEST_CASE("files that are no manifests at all") {
  const Folder folder;
  folder.write("w.plugin", "id = \"w\"\nlibrary = \"w.so\"\n", 0666);
  folder.write("Big-Id.plugin", "id = \"Big-Id\"\nlibrary = \"w.so\"\n");
  folder.write("large.plugin", std::string(20'000, '#'));
  REQUIRE(::mkfifo((folder / "fifo.plugin").c_str(), 0600) == 0);
  REQUIRE(::mkdir((folder / "dir.plugin").c_str(), 0700) == 0);
  const Catalogue catalogue({folder.path()});
  CHECK(catalogue.manifests().empty());
  CHECK(catalogue.broken().size() == 5);
  CHECK(contains(refusal(catalogue.find("w")), "chmod o-w"));
  CHECK(contains(refusal(catalogue.find("Big-Id")), "is not a plugin's name"));
  CHECK(contains(refusal(catalogue.find("large")), "larger than 16KiB"));
  CHECK(contains(refusal(catalogue.find("fifo")), "not a regular file"));
}

TEST_CASE("a scheme that two plugins claim leads to neither") {
  const Catalogue catalogue = Catalogue::of({{"a", "/a.so", {"x"}, true, ""}, {"b", "/b.so", {"x"}, true, ""}});
  const std::string refused = refusal(catalogue.find_scheme("x"));
  CHECK(contains(refused, "is claimed by the plugins \"a\" and \"b\""));
}
