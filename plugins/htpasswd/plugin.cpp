// SPDX-License-Identifier: Apache-2.0
// htpasswd: password files as Apache, nginx and libxcrypt write them. Options and entry; each job has a file beside.
#include <gatehouse/plugin.hpp>

#include "file_backend.hpp"

namespace gatehouse::htpasswd {
namespace {

Settings settings_from(const plugin::Options& options) {
  Settings settings;
  settings.file = options.text("file");
  settings.groups = options.text("groups");
  settings.strict = options.flag("strict");
  settings.max_size = options.size("max_size");
  settings.policy.allow_plain = options.flag("allow_plain");
  settings.policy.allow_des = options.flag("allow_des");
  settings.policy.max_bcrypt_cost = static_cast<unsigned>(options.integer("max_bcrypt_cost"));
  settings.policy.max_sha_crypt_rounds = static_cast<std::uint64_t>(options.integer("max_sha_crypt_rounds"));
  settings.policy.max_hash_memory = options.size("max_hash_memory");
  return settings;
}

class Htpasswd final : public FileBackend {
 public:
  Htpasswd(plugin::Host host, const plugin::Options& options) : FileBackend(host, settings_from(options)) {}
};

}  // namespace
}  // namespace gatehouse::htpasswd

using gatehouse::plugin::OptionType;

GATEHOUSE_PLUGIN(
    gatehouse::htpasswd::Htpasswd,
    {.id = "htpasswd",
     .version = GATEHOUSE_HTPASSWD_VERSION,
     .summary = "Users in a password file of Apache's htpasswd, read once and kept up to date.",
     .options = {{.name = "file", .type = OptionType::path, .required = true, .help = "The password file."},
                 {.name = "groups",
                  .type = OptionType::path,
                  .help = "A group file in the format of Apache's AuthGroupFile."},
                 {.name = "allow_plain",
                  .type = OptionType::boolean,
                  .default_value = "false",
                  .help = "Accept {PLAIN}, passwords that are stored as they are."},
                 {.name = "allow_des",
                  .type = OptionType::boolean,
                  .default_value = "false",
                  .help = "Accept DES hashes, which know only eight bytes of a password."},
                 {.name = "strict",
                  .type = OptionType::boolean,
                  .default_value = "false",
                  .help = "Refuse a file with a bad line, instead of reporting the line and serving the others."},
                 {.name = "max_size",
                  .type = OptionType::size,
                  .default_value = "256MiB",
                  .help = "Refuse longer files.",
                  .minimum = 1,
                  .maximum = 2147483648},
                 {.name = "max_bcrypt_cost",
                  .type = OptionType::integer,
                  .default_value = "14",
                  .help = "Refuse bcrypt hashes of a higher cost.",
                  .minimum = 4,
                  .maximum = 31},
                 {.name = "max_sha_crypt_rounds",
                  .type = OptionType::integer,
                  .default_value = "1000000",
                  .help = "Refuse $5$ and $6$ hashes of more rounds.",
                  .minimum = 1000,
                  .maximum = 999999999},
                 {.name = "max_hash_memory",
                  .type = OptionType::size,
                  .default_value = "64MiB",
                  .help = "Refuse yescrypt, gost-yescrypt and scrypt hashes that need more memory, or pass over four "
                          "times as much.",
                  .minimum = 1048576,
                  .maximum = 4294967296}},
     .credentials = gatehouse::plugin::Credential::password,
     .traits = gatehouse::plugin::Trait::cpu,
     .uri_option = "file"})
